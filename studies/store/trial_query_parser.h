// The text of TrialQuery.where, taken apart: what is compared with what, no column looked up yet. The grammar is in
// trial_query.h. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parzen {

inline constexpr size_t kMaxWhereCharacters = 10'000;
inline constexpr int kMaxWhereNesting = 100;
inline constexpr size_t kMaxWhereTerms = 1'000;

// null, a whole number, a number (NaN too), text.
using QueryValue = std::variant<std::monostate, int64_t, double, std::string>;

// One side of a comparison.
struct QueryOperand {
  enum class Kind {
    kValue,   // a number, null, true, false, inf, nan
    kText,    // in quotes
    kColumn,  // in back quotes
    kWord,    // a column if there is one of that name, else text
  };
  Kind kind = Kind::kValue;
  std::string spelling;  // as it stands in the text, without quotes
  QueryValue value;      // of kValue
  size_t position = 0;   // its first byte
};

enum class QueryOperator { kEqual, kUnequal, kLess, kLessEqual, kGreater, kGreaterEqual, kContains, kIn, kIsNull };

// A condition. "not" stands at comparisons only: it is moved inwards as De Morgan says, which holds with nulls too.
struct QueryCondition {
  enum class Kind { kAll, kAny, kComparison };
  Kind kind = Kind::kComparison;
  std::vector<QueryCondition> parts;  // of kAll and kAny: at least two, none of the same kind
  bool negated = false;               // of kComparison, as all that follow
  QueryOperator op = QueryOperator::kEqual;
  QueryOperand left;
  std::vector<QueryOperand> right;  // one; none for kIsNull; any number for kIn
};

// InvalidArgument as WhereError makes it. Requires: `where` is not empty.
absl::StatusOr<QueryCondition> ParseWhere(absl::string_view where);

// `where: "valu > 3": WHAT`, with so much of the text around the byte `position` as a message bears.
absl::Status WhereError(absl::string_view where, size_t position, absl::string_view what);

}  // namespace parzen
