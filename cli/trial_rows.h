// Trials as tables: which columns there are, and what stands in them. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/table.h"
#include "proto/study.pb.h"

namespace parzen {

// One row a trial: number, state, value (or one column an objective), each parameter that any of them has, seconds,
// worker, attempts, reason. With `everything` also when it started and ended, and all metrics and other attributes. A
// parameter or attribute whose name is taken by a column before it appears as "parameter_NAME" or "attribute_NAME".
Table TrialTable(const StudySummary& study, const std::vector<TrialRecord>& trials, bool everything);

// The same with these columns only, in this order; step (the last) and steps (how many) may be among them too. NotFound
// for a column that none of the trials has, when there are trials.
absl::StatusOr<Table> ChosenTrialTable(const StudySummary& study, const std::vector<TrialRecord>& trials,
                                       const std::vector<std::string>& columns);

// One row for programs: everything known of a trial, also its constraints, intermediate values, distributions, attempts
// and events, which are lists or objects.
Table TrialDetails(const StudySummary& study, const TrialRecord& trial);

// One row a parameter: its value, and what values it could have had. One row a constraint, a step.
Table ParameterTable(const TrialRecord& trial);
Table ConstraintTable(const TrialRecord& trial);
Table StepTable(const TrialRecord& trial);

// One row an attempt of a trial.
Table AttemptTable(const TrialRecord& trial);

// One row: the best trial, its metrics, and what it reached on the test rows ("test_accuracy"). Requires: has_best().
Table BestRecord(const StudySummary& study);

// The best trial in a few lines for people. Requires: has_best().
std::vector<Field> BestFields(const StudySummary& study);

// "trees = 120, max_depth = 14".
std::string DescribeParameters(const TrialRecord& trial);

}  // namespace parzen
