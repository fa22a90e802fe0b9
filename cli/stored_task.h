// A trial that is stored, as a task to do it again.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "proto/study.pb.h"
#include "proto/work.pb.h"

namespace parzen {

// What a worker was sent to do the trial, with its dataset files at the paths in `files`. FailedPrecondition: the trial
// has a parameter that the study's space does not know; InvalidArgument, Internal: its point is none of the space.
// Requires: study.has_spec(), with work in it.
absl::StatusOr<TrialTask> StoredTask(const StudySummary& study, const TrialRecord& trial,
                                     const std::vector<DatasetFile>& files);

}  // namespace parzen
