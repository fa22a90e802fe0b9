#include "cli/report_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "studies/reports/page.h"

namespace parzen {
namespace {

absl::Status WriteError(const std::string& path) {
  const std::string why = std::strerror(errno);
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
    return absl::NotFoundError(
        absl::StrCat("cannot write \"", path, "\": there is no folder \"", folder.string(), "\""));
  }
  return absl::PermissionDeniedError(absl::StrCat("cannot write \"", path, "\": ", why));
}

}  // namespace

absl::Status WriteReport(const std::string& path, const StudySummary& study, const std::vector<TrialRecord>& trials) {
  const std::string part = absl::StrCat(path, ".", getpid(), ".part");
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  if (!file) return WriteError(path);
  file << ReportPage(study, trials);
  file.close();
  if (!file || std::rename(part.c_str(), path.c_str()) != 0) {
    const absl::Status status = WriteError(path);
    std::remove(part.c_str());
    return status;
  }
  return absl::OkStatus();
}

}  // namespace parzen
