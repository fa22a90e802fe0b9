// Studies as reports show them, and the page that does. Threads: any, on different sources and paths.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "cli/study_source.h"
#include "proto/study.pb.h"
#include "studies/reports/plots/plot.h"

namespace parzen {

struct ReportedStudy {
  StudySummary study;
  std::vector<TrialRecord> trials;  // by number, with distributions, and with steps if plots are made of them
  // Of the best trials, the best first: what plots are made of, as far as it is small enough to be looked at.
  std::vector<TrialArtifact> artifacts;

  StudySnapshot snapshot() const { return {study, trials, artifacts}; }
};

// What is read of a study: all that plots are made of, or what a text tells (text_report.h). Of a large study that is a
// small part.
enum class ReportedParts { kForPlots, kForText };

absl::StatusOr<ReportedStudy> ReadReportedStudy(StudySource& source, StudySummary study,
                                                ReportedParts parts = ReportedParts::kForPlots);

// Where files of each study go: into the folder, of several studies each into one of its own in there, no two into one.
std::vector<std::string> FoldersOf(const std::string& folder, absl::Span<const ReportedStudy> studies);

// Replaces the file at once: a reader sees the old page or the new one, never a part. The error names the path.
absl::Status WriteReport(const std::string& path, absl::Span<const ReportedStudy> studies, absl::Time written);

}  // namespace parzen
