// SQL functions in which queries over trials say what values are and how they compare, so that a query sees a trial
// exactly as its TrialRecord shows it. A value is NULL (missing), INTEGER or REAL (true and false are 1 and 0), TEXT,
// or the BLOB "NaN", since SQLite has no number for that.
//
//   parzen_external(distribution_json, internal)   a parameter's value as users see it
//   parzen_scalar(json)                            an attribute's value; lists and objects as their JSON text
//   parzen_seconds(from, to)                       between two times as the file has them
//   parzen_compare(a, op, b)                       1, 0 or NULL; op is a QueryOperator below kContains
//   parzen_contains(a, b)                          whether the text of a contains that of b
//   parzen_in(a, b, ...)                           whether a equals any of the others
//
// NULL compares as NULL. NaN equals NaN; values of different kinds are unequal; neither kind of pair has an order:
// NULL.
#pragma once

#include "absl/status/status.h"
#include "studies/store/sqlite.h"

namespace parzen {

// What stands for NaN.
inline constexpr char kQueryNan[] = "NaN";

// Does nothing where they are there already.
absl::Status AddTrialQueryFunctions(Database& database);

}  // namespace parzen
