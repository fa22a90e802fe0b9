// Trials as tables: which columns there are, and what stands in them. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "cli/table.h"
#include "proto/study.pb.h"

namespace parzen {

// One row a trial: number, state, value (or one column an objective), each parameter that any of them has, seconds,
// worker, attempts, reason. With `everything` also when it started and ended, and all metrics and other attributes. A
// parameter or attribute whose name is taken by a column before it appears as "parameter_NAME" or "attribute_NAME".
Table TrialTable(const StudySummary& study, const std::vector<TrialRecord>& trials, bool everything);

// One row an attempt of a trial.
Table AttemptTable(const TrialRecord& trial);

// One row: the best trial, its metrics, and what it reached on the test rows ("test_accuracy"). Requires: has_best().
Table BestRecord(const StudySummary& study);

// The best trial in a few lines for people. Requires: has_best().
std::vector<Field> BestFields(const StudySummary& study);

// "trees = 120, max_depth = 14".
std::string DescribeParameters(const TrialRecord& trial);

}  // namespace parzen
