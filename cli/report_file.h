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
  std::vector<TrialRecord> trials;  // by number, with distributions and steps
  // Of the best trials, the best first: what plots are made of, as far as it is small enough to be looked at.
  std::vector<TrialArtifact> artifacts;

  StudySnapshot snapshot() const { return {study, trials, artifacts}; }
};

absl::StatusOr<ReportedStudy> ReadReportedStudy(StudySource& source, StudySummary study);

// Where files of each study go: into the folder, of several studies each into one of its own in there, no two into one.
std::vector<std::string> FoldersOf(const std::string& folder, absl::Span<const ReportedStudy> studies);

// Replaces the file at once: a reader sees the old page or the new one, never a part. The error names the path.
absl::Status WriteReport(const std::string& path, absl::Span<const ReportedStudy> studies, absl::Time written);

}  // namespace parzen
