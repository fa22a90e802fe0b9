// TrialQuery as SQL: which trials, and in which order. What the user wrote chooses among fragments of ours; names and
// values of his are bound, never part of the text.
//
// The grammar of `where`:
//   condition  = comparison, "(" condition ")", "not" condition, condition "and" condition, condition "or" condition
//   comparison = operand ("=" "==" "!=" "<>" "<" "<=" ">" ">=" "~") operand      ~: the text contains that text
//              | operand ["not"] "in" "(" operand {"," operand} ")"
//              | operand "is" ["not"] "null"
//   operand    = column | number | 'text' | "text" | word | true | false | null | inf | nan
// "and" binds tighter than "or"; keywords may be in capitals. A quote within its own quotes is written twice.
//
// Columns, under the names that `parzen trial list` shows: number, state, value (or value_0, value_1 ... or the metric
// of each objective), parameters and user attributes by name, seconds, worker, attempts, reason, started, completed,
// step (the last) and steps (how many). Where several things have one name the first of these has it;
// parameter_NAME and attribute_NAME always mean theirs. Names with odd characters stand in back quotes: `my metric`. A
// word is a column when there is one of that name; else, on the right, it is text: kernel = RBF.
//
// A value that is missing makes its comparison neither true nor false, so that the trial is not listed; null is the
// same as missing. true and false are 1 and 0. NaN equals NaN and has no order. Text compares by its bytes; a number
// and a text are unequal and have no order.
//
// Errors: InvalidArgument says what is wrong where in the text, and what may be meant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"
#include "studies/store/sqlite.h"
#include "studies/store/trial_query_columns.h"
#include "studies/store/trial_query_parser.h"

namespace parzen {

// A piece of SQL about the trial t, with the values of its anonymous parameters. parzen_* functions occur in it
// (trial_query_functions.h).
struct BoundSql {
  std::string text;
  std::vector<QueryValue> values;

  BoundSql& Add(absl::string_view more);
  BoundSql& Add(const BoundSql& more);
  BoundSql& AddValue(QueryValue value);
};

struct TrialQuerySql {
  BoundSql condition;  // "TRUE" when all trials are wanted
  BoundSql order;      // what follows ORDER BY
};

// `columns` are those of the study that is asked.
absl::StatusOr<TrialQuerySql> CompileTrialQuery(const TrialQuery& query, TrialQueryColumns& columns);

// Binds the values to the statement of a text that has parameters for them only.
void BindValues(const std::vector<QueryValue>& values, Statement& statement);

}  // namespace parzen
