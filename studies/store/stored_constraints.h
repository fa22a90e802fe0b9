// How far trials are from what the study's constraints ask for, as Optuna keeps it with a trial: the system attributes
// "constraints:NAME", a number each (Optuna 5), and "constraints", a list of numbers (before). A constraint is kept
// when its number is at most 0. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/work.pb.h"

namespace parzen {

// "constraints:NAME".
std::string ConstraintKey(absl::string_view name);

// The constraints in one attribute, by name (Optuna calls those of a list "0", "1", ...); none when the attribute is
// another one. What is no number is infinitely far from being kept.
std::vector<MetricValue> ReadConstraints(absl::string_view key, absl::string_view json);

// What one constraint adds to a trial's violation.
double ViolationOf(double distance);

}  // namespace parzen
