// parzen doctor.
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
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

absl::Status Examine(const Options& options, const Stop&) {
  Findings findings = ExamineMachine();
  SourceOptions source = options.source;
  source.coordinator = source.coordinator.empty() ? DefaultCoordinator("") : source.coordinator;
  const bool wanted = !source.coordinator.empty();
  if (!wanted) source.coordinator = kLocalCoordinator;
  Append(ExamineCertificates(ClientTlsFiles(source.tls), Role::kClient, ReadClock().wall), findings);
  Append(ExamineDatabase(source.db.empty() ? DefaultDatabase() : source.db), findings);
  Append(ExamineCoordinator(source, wanted), findings);
  std::vector<std::string> folders = DataFolders("", options.data, Environment("PARZEN_DATA"));
  folders.erase(folders.begin());  // of a study file
  Append(ExamineDataFolders(folders), findings);
  if (!options.cache.empty()) Append(ExamineCacheFolder(options.cache), findings);
  RETURN_IF_ERROR(PrintTable(FindingTable(findings, options.format), options.format));
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
  command.add_option("--db", options->source.db, "Study database (default: $PARZEN_DB, else parzen.db)")
      ->type_name("FILE");
  command
      .add_option("--coordinator", options->source.coordinator,
                  "The coordinator that should answer: HOST:PORT or unix:PATH (default: $PARZEN_COORDINATOR)")
      ->type_name("ADDRESS");
  AddTlsFolder(command, options->source.tls, Role::kClient);
  command.add_option("--data", options->data, "Folder that datasets are read from; may be given more than once")
      ->type_name("FOLDER");
  command.add_option("--cache", options->cache, "Folder that a worker here keeps its files in")->type_name("FOLDER");
  AddFormatOption(command, options->format);
  Choose(command, chosen, options, &Examine);
}

}  // namespace parzen
