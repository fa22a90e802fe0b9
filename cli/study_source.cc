#include "cli/study_source.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "cli/database_editor.h"
#include "cli/database_reading.h"
#include "cli/options.h"
#include "cli/study_client.h"
#include "cli/terminal.h"
#include "cli/tls_options.h"
#include "studies/store/study_reader.h"

namespace parzen {
namespace {

using DatabaseSource = DatabaseReading<StudySource>;

std::string Environment(const char* name, const std::string& fallback) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? fallback : value;
}

std::vector<std::string> PrintableNames(const ListStudiesResponse& studies) {
  constexpr size_t kEnough = 20;  // a message, not a listing
  std::vector<std::string> names;
  for (const StudySummary& study : studies.study()) {
    if (names.size() < kEnough) names.push_back(Printable(study.name()));
  }
  if (studies.study_size() > static_cast<int>(kEnough)) names.push_back("...");
  return names;
}

absl::StatusOr<ListStudiesResponse> Outlines(StudySource& source) {
  ListStudiesRequest request;
  request.set_outline(true);
  return source.ListStudies(request);
}

absl::StatusOr<std::string> OnlyStudy(StudySource& source) {
  ASSIGN_OR_RETURN(const ListStudiesResponse studies, Outlines(source));
  if (studies.study_size() == 1) return studies.study(0).name();
  if (studies.study_size() == 0) {
    return absl::NotFoundError(absl::StrCat("no study in ", source.Place(), "; make one with `parzen run FILE`"));
  }
  return absl::InvalidArgumentError(absl::StrCat("which study? ", source.Place(), " has ", studies.study_size(), ": ",
                                                 absl::StrJoin(PrintableNames(studies), ", ")));
}

}  // namespace

void AddSourceOptions(CLI::App& command, SourceOptions& options) {
  const Option db = AddOption(command, "--db FILE", options.db, "Study database (default: $PARZEN_DB, else parzen.db)");
  AddOption(command, "--coordinator ADDRESS", options.coordinator,
            "Ask this coordinator instead: HOST:PORT or unix:PATH (default: $PARZEN_COORDINATOR)")
      .Excludes(db);
  AddTlsFolder(command, options.tls, Role::kClient).Excludes(db);
}

Option AddCoordinatorOption(CLI::App& command, std::string& coordinator) {
  return AddOption(command, "--coordinator ADDRESS", coordinator,
                   "The coordinator: HOST:PORT or unix:PATH (default: $PARZEN_COORDINATOR, else 127.0.0.1:7717)");
}

void AddStudyArgument(CLI::App& command, std::string& study) {
  AddArgument(command, "STUDY", study, "Name of the study; may be left out when there is only one");
}

TlsFiles ClientTlsFiles(const std::string& folder) { return ChosenTlsFiles({folder, {}}, Role::kClient); }

std::string DefaultDatabase() { return Environment("PARZEN_DB", "parzen.db"); }

std::string DefaultCoordinator(const std::string& fallback) { return Environment("PARZEN_COORDINATOR", fallback); }

absl::StatusOr<std::unique_ptr<StudySource>> OpenDatabase(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<StudyReader> reader, StudyReader::Open(path));
  return std::make_unique<DatabaseSource>(path, std::move(reader));
}

absl::StatusOr<std::unique_ptr<StudySource>> OpenStudySource(const SourceOptions& options) {
  if (!options.db.empty()) return OpenDatabase(options.db);
  const std::string coordinator = options.coordinator.empty() ? DefaultCoordinator("") : options.coordinator;
  if (!coordinator.empty()) return StudyClient::Create(coordinator, ClientTlsFiles(options.tls));
  return OpenDatabase(DefaultDatabase());
}

absl::StatusOr<std::unique_ptr<StudyEditor>> OpenStudyEditor(const SourceOptions& options, bool create) {
  if (!options.db.empty()) return OpenDatabaseEditor(options.db, create);
  const std::string coordinator = options.coordinator.empty() ? DefaultCoordinator("") : options.coordinator;
  if (!coordinator.empty()) return StudyClient::Create(coordinator, ClientTlsFiles(options.tls));
  return OpenDatabaseEditor(DefaultDatabase(), create);
}

absl::StatusOr<StudySummary> ChooseStudy(StudySource& source, const std::string& name, bool outline) {
  GetStudyRequest request;
  request.set_study(name);
  request.set_outline(outline);
  if (name.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_study(), OnlyStudy(source));
  }
  absl::StatusOr<StudySummary> study = source.GetStudy(request);
  if (name.empty() || !absl::IsNotFound(study.status())) return study;
  ASSIGN_OR_RETURN(const ListStudiesResponse studies, Outlines(source));
  return absl::NotFoundError(absl::StrCat("no study \"", Printable(name), "\" in ", source.Place(),
                                          SuggestName(name, PrintableNames(studies))));
}

absl::StatusOr<StudySummary> GetStudy(StudySource& source, const std::string& study) {
  GetStudyRequest request;
  request.set_study(study);
  return source.GetStudy(request);
}

absl::StatusOr<TrialRecord> GetTrial(StudySource& source, const std::string& study, int64_t number) {
  GetTrialRequest request;
  request.set_study(study);
  request.set_number(number);
  return source.GetTrial(request);
}

absl::StatusOr<std::vector<TrialRecord>> AllTrials(StudySource& source, const std::string& study, ListedParts parts,
                                                   const std::function<void(size_t read)>& progress) {
  std::vector<TrialRecord> trials;
  ListTrialsRequest request;
  request.set_study(study);
  request.set_distributions(parts.distributions);
  request.set_steps(parts.steps);
  for (bool more = true; more;) {
    request.set_from_number(trials.empty() ? 0 : trials.back().number() + 1);
    ASSIGN_OR_RETURN(ListTrialsResponse page, source.ListTrials(request));
    more = page.more() && page.trial_size() > 0;
    for (TrialRecord& trial : *page.mutable_trial()) trials.push_back(std::move(trial));
    if (progress) progress(trials.size());
  }
  return trials;
}

StudyEditor::NextImportPart StudyEditor::WithEnd(const NextImportPart& next) {
  return [&next, trials = int64_t{0}, ended = false](ImportStudyRequest& part) mutable -> absl::StatusOr<bool> {
    if (ended) return false;
    ASSIGN_OR_RETURN(const bool more, next(part));
    if (more) {
      if (part.has_trial()) ++trials;
      return true;
    }
    ended = true;
    part.Clear();
    part.mutable_end()->set_trials(trials);
    return true;
  };
}

}  // namespace parzen
