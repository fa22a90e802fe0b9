#include "cli/study_source.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "cli/study_client.h"
#include "cli/terminal.h"
#include "studies/store.h"

namespace parzen {
namespace {

class DatabaseSource final : public StudySource {
 public:
  DatabaseSource(std::string path, std::unique_ptr<Store> store) : path_(std::move(path)), store_(std::move(store)) {}

  std::string Place() const override { return path_; }

  absl::StatusOr<std::vector<StudySummary>> ListStudies() override { return store_->SummarizeStudies(); }

  absl::StatusOr<StudySummary> GetStudy(const std::string& study) override { return store_->SummarizeStudy(study); }

  absl::StatusOr<ListTrialsResponse> ListTrials(const std::string& study, int64_t from_number,
                                                bool distributions) override {
    // One more than a page tells whether there are more.
    ASSIGN_OR_RETURN(std::vector<TrialRecord> trials,
                     store_->ListTrials(study, from_number, kTrialsPerPage + 1, distributions));
    ListTrialsResponse page;
    page.set_more(trials.size() > static_cast<size_t>(kTrialsPerPage));
    if (page.more()) trials.pop_back();
    for (TrialRecord& trial : trials) *page.add_trial() = std::move(trial);
    return page;
  }

  absl::StatusOr<TrialRecord> GetTrial(const std::string& study, int64_t number) override {
    return store_->GetTrial(study, number);
  }

 private:
  const std::string path_;
  const std::unique_ptr<Store> store_;
};

std::string Environment(const char* name, const std::string& fallback) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? fallback : value;
}

std::vector<std::string> PrintableNames(const std::vector<StudySummary>& studies) {
  constexpr size_t kEnough = 20;  // a message, not a listing
  std::vector<std::string> names;
  for (const StudySummary& study : studies) {
    if (names.size() < kEnough) names.push_back(Printable(study.name()));
  }
  if (studies.size() > kEnough) names.push_back("...");
  return names;
}

absl::StatusOr<StudySummary> OnlyStudy(StudySource& source) {
  ASSIGN_OR_RETURN(const std::vector<StudySummary> studies, source.ListStudies());
  if (studies.size() == 1) return studies[0];
  if (studies.empty()) {
    return absl::NotFoundError(absl::StrCat("no study in ", source.Place(), "; make one with `parzen run FILE`"));
  }
  return absl::InvalidArgumentError(absl::StrCat("which study? ", source.Place(), " has ", studies.size(), ": ",
                                                 absl::StrJoin(PrintableNames(studies), ", ")));
}

}  // namespace

void AddSourceOptions(CLI::App& command, SourceOptions& options) {
  CLI::Option* const db =
      command.add_option("--db", options.db, "Study database to read (default: $PARZEN_DB, else parzen.db)")
          ->type_name("FILE");
  command
      .add_option("--coordinator", options.coordinator,
                  "Ask this coordinator instead: HOST:PORT or unix:PATH (default: $PARZEN_COORDINATOR)")
      ->type_name("ADDRESS")
      ->excludes(db);
}

std::string DefaultDatabase() { return Environment("PARZEN_DB", "parzen.db"); }

std::string DefaultCoordinator(const std::string& fallback) { return Environment("PARZEN_COORDINATOR", fallback); }

absl::StatusOr<std::unique_ptr<StudySource>> OpenDatabase(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(path, Store::Mode::kReadOnly));
  return std::make_unique<DatabaseSource>(path, std::move(store));
}

absl::StatusOr<std::unique_ptr<StudySource>> OpenStudySource(const SourceOptions& options) {
  if (!options.db.empty()) return OpenDatabase(options.db);
  const std::string coordinator = options.coordinator.empty() ? DefaultCoordinator("") : options.coordinator;
  if (!coordinator.empty()) return StudyClient::Create(coordinator);
  return OpenDatabase(DefaultDatabase());
}

absl::StatusOr<StudySummary> ChooseStudy(StudySource& source, const std::string& name) {
  if (name.empty()) return OnlyStudy(source);
  absl::StatusOr<StudySummary> study = source.GetStudy(name);
  if (!absl::IsNotFound(study.status())) return study;
  ASSIGN_OR_RETURN(const std::vector<StudySummary> studies, source.ListStudies());
  return absl::NotFoundError(absl::StrCat("no study \"", Printable(name), "\" in ", source.Place(),
                                          SuggestName(name, PrintableNames(studies))));
}

absl::StatusOr<std::vector<TrialRecord>> AllTrials(StudySource& source, const std::string& study, bool distributions,
                                                   const std::function<void(size_t read)>& progress) {
  std::vector<TrialRecord> trials;
  for (bool more = true; more;) {
    const int64_t from = trials.empty() ? 0 : trials.back().number() + 1;
    ASSIGN_OR_RETURN(ListTrialsResponse page, source.ListTrials(study, from, distributions));
    more = page.more() && page.trial_size() > 0;
    for (TrialRecord& trial : *page.mutable_trial()) trials.push_back(std::move(trial));
    if (progress) progress(trials.size());
  }
  return trials;
}

}  // namespace parzen
