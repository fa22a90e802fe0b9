#include "cli/report_file.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/study_input.h"
#include "cli/whole_file.h"
#include "studies/reports/page.h"
#include "studies/reports/shown_artifacts.h"

namespace parzen {
namespace {

// What trials that wait are to be done with: system attributes, which all others are read without. Of as many as an
// answer has.
absl::Status ReadWhatWaits(StudySource& source, ReportedStudy& reported) {
  ListTrialsRequest request;
  request.set_study(reported.study.name());
  request.set_system_attributes(true);
  request.mutable_query()->add_state(WAITING);
  ASSIGN_OR_RETURN(ListTrialsResponse waiting, source.ListTrials(request));
  for (TrialRecord& trial : *waiting.mutable_trial()) {
    const auto known = std::lower_bound(reported.trials.begin(), reported.trials.end(), trial.number(),
                                        [](const TrialRecord& one, int64_t number) { return one.number() < number; });
    if (known == reported.trials.end() || known->number() != trial.number()) continue;
    known->mutable_system_attribute()->Swap(trial.mutable_system_attribute());
  }
  return absl::OkStatus();
}

// The trials were looked at later than the study, which may be at work: what it says of them is to be of the same
// moment.
void CountTrials(ReportedStudy& reported) {
  std::map<TrialState, int64_t> counts;
  for (const TrialRecord& trial : reported.trials) ++counts[trial.state()];
  reported.study.set_complete(counts[COMPLETE]);
  reported.study.set_pruned(counts[PRUNED]);
  reported.study.set_failed(counts[FAIL]);
  reported.study.set_running(counts[RUNNING]);
  reported.study.set_waiting(counts[WAITING]);
}

}  // namespace

absl::StatusOr<ReportedStudy> ReadReportedStudy(StudySource& source, StudySummary study, ReportedParts parts) {
  const bool for_plots = parts == ReportedParts::kForPlots;
  ReportedStudy reported;
  ASSIGN_OR_RETURN(reported.trials, AllTrials(source, study.name(), {.distributions = true, .steps = for_plots}));
  if (for_plots) {
    ASSIGN_OR_RETURN(reported.artifacts, ReadShownArtifacts(source, study));
  }
  reported.study = std::move(study);
  CountTrials(reported);
  if (for_plots && reported.study.waiting() > 0) RETURN_IF_ERROR(ReadWhatWaits(source, reported));
  return reported;
}

std::vector<std::string> FoldersOf(const std::string& folder, absl::Span<const ReportedStudy> studies) {
  if (studies.size() == 1) return {folder};
  std::vector<std::string> folders;
  for (const ReportedStudy& study : studies) {
    std::string own = absl::StrCat(folder, "/", SafeFileName(study.study.name()));
    while (std::find(folders.begin(), folders.end(), own) != folders.end()) own += "_";
    folders.push_back(std::move(own));
  }
  return folders;
}

absl::Status WriteReport(const std::string& path, absl::Span<const ReportedStudy> studies, absl::Time written) {
  std::vector<StudySnapshot> snapshots;
  for (const ReportedStudy& study : studies) snapshots.push_back(study.snapshot());
  return WriteWholeFile(path, ReportPage(snapshots, written));
}

}  // namespace parzen
