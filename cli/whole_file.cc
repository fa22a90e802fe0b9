#include "cli/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"

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

bool WriteAll(int file, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(file) == 0;
}

}  // namespace

absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes) {
  const std::string part = absl::StrCat(path, ".", getpid(), ".part");
  const int file = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return WriteError(path);
  const bool written = WriteAll(file, bytes);
  if (close(file) == 0 && written && std::rename(part.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const absl::Status status = WriteError(path);
  std::remove(part.c_str());
  return status;
}

}  // namespace parzen
