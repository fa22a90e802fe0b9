#include "cli/report_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/study_input.h"
#include "cli/whole_file.h"
#include "studies/reports/page.h"
#include "studies/reports/shown_artifacts.h"

namespace parzen {

absl::StatusOr<ReportedStudy> ReadReportedStudy(StudySource& source, StudySummary study, ReportedParts parts) {
  const bool for_plots = parts == ReportedParts::kForPlots;
  ReportedStudy reported;
  ASSIGN_OR_RETURN(reported.trials, AllTrials(source, study.name(), {.distributions = true, .steps = for_plots}));
  if (for_plots) {
    ASSIGN_OR_RETURN(reported.artifacts, ReadShownArtifacts(source, study));
  }
  reported.study = std::move(study);
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
