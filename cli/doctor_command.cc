// parzen doctor.
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/cache_folder.h"
#include "cli/command.h"
#include "cli/dataset_files.h"
#include "cli/doctor.h"
#include "cli/study_source.h"
#include "cli/tls_options.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::vector<std::string> data;
  std::string cache;
  Format format = Format::kTable;
};

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void Append(Findings more, Findings& findings) {
  findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

bool IsThere(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// Of the roles whose certificates are in the folder of the client's; of a client alone where there are none.
// `may_ask`: whether a coordinator can be asked with what is there.
Findings ExamineTls(const TlsFiles& client, bool& may_ask) {
  Findings findings;
  const std::string folder = std::filesystem::path(client.certificate).parent_path().string();
  for (const Role role : {Role::kCoordinator, Role::kWorker}) {
    const TlsFiles files = TlsFilesIn(folder, role);
    if (client.empty() || !IsThere(files.certificate)) continue;
    Append(ExamineCertificates(files, role, ReadClock().wall), findings);
  }
  may_ask = findings.empty() || IsThere(client.certificate);
  if (may_ask) Append(ExamineCertificates(client, Role::kClient, ReadClock().wall), findings);
  return findings;
}

// The folder that a worker here uses, when it is told none.
std::string CacheFolder(const Options& options) {
  return options.cache.empty() ? DefaultCacheFolder().value_or("") : options.cache;
}

absl::Status Examine(const Options& options, const Stop&) {
  Findings findings = ExamineMachine();
  SourceOptions source = options.source;
  source.coordinator = source.coordinator.empty() ? DefaultCoordinator("") : source.coordinator;
  const bool wanted = !source.coordinator.empty();
  if (!wanted) source.coordinator = kLocalCoordinator;
  bool may_ask = true;
  Append(ExamineTls(ClientTlsFiles(source.tls), may_ask), findings);
  Append(ExamineDatabase(source.db.empty() ? DefaultDatabase() : source.db), findings);
  if (may_ask) {
    Append(ExamineCoordinator(source, wanted), findings);
  } else {
    findings.push_back({"coordinator", Severity::kOk, "not asked: a client.crt may, and there is none", ""});
  }
  std::vector<std::string> folders = DataFolders("", options.data, Environment("PARZEN_DATA"));
  folders.erase(folders.begin());  // of a study file
  Append(ExamineDataFolders(folders), findings);
  if (const std::string cache = CacheFolder(options); !cache.empty()) Append(ExamineCacheFolder(cache), findings);
  RETURN_IF_ERROR(options.format == Format::kTable ? PrintResult(RenderFindings(findings))
                                                   : PrintTable(FindingTable(findings), options.format));
  const int64_t failed = CountOf(findings, Severity::kFail);
  if (failed == 0) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(failed, failed == 1 ? " check" : " checks", " failed"));
}

}  // namespace

void AddDoctorCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      app, "doctor",
      "Looks for what will give trouble and says what to do about it: this machine, the study database and its disk, "
      "the coordinator and its workers, folders of data. Ends with status 1 when a check fails; a warning is none.",
      "  parzen doctor\n  parzen doctor --db m.db --coordinator 10.0.0.5:7717 -f json");
  AddOption(command, "--db FILE", options->source.db, "Study database (default: $PARZEN_DB, else parzen.db)");
  AddOption(command, "--coordinator ADDRESS", options->source.coordinator,
            "The coordinator that should answer: HOST:PORT or unix:PATH (default: $PARZEN_COORDINATOR)");
  AddTlsFolder(command, options->source.tls, Role::kClient);
  AddOption(command, "--data FOLDER", options->data, "Folder that datasets are read from; may be given more than once");
  AddOption(command, "--cache FOLDER", options->cache,
            "Folder that a worker here keeps its files in (default: its own default)");
  AddFormatOption(command, options->format);
  Choose(command, chosen, options, &Examine);
}

}  // namespace parzen
