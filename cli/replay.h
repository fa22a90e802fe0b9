// A trial that was done again, held against what is stored of it. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/table.h"
#include "proto/study.pb.h"
#include "proto/work.pb.h"

namespace parzen {

// What came out the second time.
struct Replay {
  std::optional<TrialResult> result;  // absent of a trial that was pruned again
  std::vector<StepValue> steps;       // in the order in which they were reported
};

// One number of a trial, both times.
struct ReplayedNumber {
  std::string name;              // of a metric, or "step 3"
  std::optional<double> stored;  // absent: there was none
  std::optional<double> again;
  // A time or an amount of memory: never the same.
  bool measured = false;

  // To the last bit; one NaN is as good as another.
  bool same() const;
};

// FailedPrecondition, PermissionDenied: why the trial cannot be done again, or not held against anything, and what
// would help. `allow_commands`: programs may be run.
absl::Status CheckReplayable(const StudySummary& study, const TrialRecord& trial, bool allow_commands);

// Objectives, other metrics, steps. Of a trial that was pruned, its steps. Requires: study.has_spec().
std::vector<ReplayedNumber> CompareReplay(const StudySummary& study, const TrialRecord& trial, const Replay& replay);

// One row a number. For people, steps in a row that are the same are one row.
Table ReplayTable(const std::vector<ReplayedNumber>& numbers, Format format);

}  // namespace parzen
