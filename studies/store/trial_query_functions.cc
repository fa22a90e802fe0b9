#include "studies/store/trial_query_functions.h"

#include <sqlite3.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "studies/distribution_json.h"
#include "studies/reports/history.h"
#include "studies/store/stored_distributions.h"
#include "studies/store/trial_query_parser.h"

namespace parzen {
namespace {

constexpr int kMostArguments = -1;

absl::string_view Text(sqlite3_value* value) {
  const void* const data = sqlite3_value_blob(value);  // of a text: its bytes, not converted
  return {static_cast<const char*>(data), static_cast<size_t>(sqlite3_value_bytes(value))};
}

void Return(sqlite3_context* context, absl::string_view text) {
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Return(sqlite3_context* context, const Choice& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return Return(context, absl::string_view(*text));
  if (const auto* whole = std::get_if<int64_t>(&value)) return sqlite3_result_int64(context, *whole);
  if (const auto* truth = std::get_if<bool>(&value)) return sqlite3_result_int64(context, *truth ? 1 : 0);
  const auto* const number = std::get_if<double>(&value);
  if (number == nullptr) return sqlite3_result_null(context);
  if (std::isnan(*number)) return sqlite3_result_blob(context, kQueryNan, sizeof(kQueryNan) - 1, SQLITE_STATIC);
  sqlite3_result_double(context, *number);
}

void External(sqlite3_context* context, int, sqlite3_value** values) {
  auto& distributions = *static_cast<StoredDistributions*>(sqlite3_user_data(context));
  Return(context, distributions.External(Text(values[0]), sqlite3_value_double(values[1])));
}

void Scalar(sqlite3_context* context, int, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  const absl::StatusOr<Choice> value = ChoiceFromJson(Text(values[0]));
  if (value.ok()) return Return(context, *value);
  Return(context, Text(values[0]));
}

void Seconds(sqlite3_context* context, int, sqlite3_value** values) {
  const std::optional<double> seconds = SecondsBetween(std::string(Text(values[0])), std::string(Text(values[1])));
  if (seconds.has_value()) sqlite3_result_double(context, *seconds);
}

bool IsNumber(sqlite3_value* value) {
  return sqlite3_value_type(value) == SQLITE_INTEGER || sqlite3_value_type(value) == SQLITE_FLOAT;
}

// Below, at or above 0, as a is less than, equal to or greater than b; nullopt: they have no order.
std::optional<int> Order(sqlite3_value* a, sqlite3_value* b) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : (y < x ? 1 : 0); };
  if (sqlite3_value_type(a) == SQLITE_INTEGER && sqlite3_value_type(b) == SQLITE_INTEGER) {
    return order(sqlite3_value_int64(a), sqlite3_value_int64(b));
  }
  if (IsNumber(a) && IsNumber(b)) return order(sqlite3_value_double(a), sqlite3_value_double(b));
  if (sqlite3_value_type(a) == SQLITE_TEXT && sqlite3_value_type(b) == SQLITE_TEXT) return order(Text(a), Text(b));
  return std::nullopt;
}

bool Equal(sqlite3_value* a, sqlite3_value* b) {
  if (sqlite3_value_type(a) == SQLITE_BLOB && sqlite3_value_type(b) == SQLITE_BLOB) return true;  // both NaN
  return Order(a, b) == 0;
}

bool AnyNull(int arguments, sqlite3_value** values) {
  for (int i = 0; i < arguments; ++i) {
    if (sqlite3_value_type(values[i]) == SQLITE_NULL) return true;
  }
  return false;
}

void Compare(sqlite3_context* context, int, sqlite3_value** values) {
  sqlite3_value* const a = values[0];
  sqlite3_value* const b = values[2];
  if (AnyNull(3, values)) return sqlite3_result_null(context);
  const auto op = static_cast<QueryOperator>(sqlite3_value_int(values[1]));
  if (op == QueryOperator::kEqual) return sqlite3_result_int(context, Equal(a, b));
  if (op == QueryOperator::kUnequal) return sqlite3_result_int(context, !Equal(a, b));
  const std::optional<int> order = Order(a, b);
  if (!order.has_value()) return sqlite3_result_null(context);
  const bool holds = op == QueryOperator::kLess        ? *order < 0
                     : op == QueryOperator::kLessEqual ? *order <= 0
                     : op == QueryOperator::kGreater   ? *order > 0
                                                       : *order >= 0;
  sqlite3_result_int(context, holds);
}

// A number as people type it.
std::string Spelled(sqlite3_value* value) {
  if (sqlite3_value_type(value) == SQLITE_FLOAT) return PlainNumber(sqlite3_value_double(value));
  if (sqlite3_value_type(value) == SQLITE_INTEGER) return std::to_string(sqlite3_value_int64(value));
  return std::string(Text(value));
}

void Contained(sqlite3_context* context, int, sqlite3_value** values) {
  if (AnyNull(2, values)) return sqlite3_result_null(context);
  sqlite3_result_int(context, absl::StrContains(Spelled(values[0]), Spelled(values[1])));
}

void In(sqlite3_context* context, int arguments, sqlite3_value** values) {
  if (AnyNull(1, values)) return sqlite3_result_null(context);
  bool found = false;
  for (int i = 1; i < arguments && !found; ++i) {
    found = sqlite3_value_type(values[i]) != SQLITE_NULL && Equal(values[0], values[i]);
  }
  sqlite3_result_int(context, found);
}

}  // namespace

absl::Status AddTrialQueryFunctions(Database& database) {
  if (database.HasFunction("parzen_in")) return absl::OkStatus();  // the one that is added last
  RETURN_IF_ERROR(database.AddFunction("parzen_external", 2, &External, std::make_shared<StoredDistributions>()));
  RETURN_IF_ERROR(database.AddFunction("parzen_scalar", 1, &Scalar, nullptr));
  RETURN_IF_ERROR(database.AddFunction("parzen_seconds", 2, &Seconds, nullptr));
  RETURN_IF_ERROR(database.AddFunction("parzen_compare", 3, &Compare, nullptr));
  RETURN_IF_ERROR(database.AddFunction("parzen_contains", 2, &Contained, nullptr));
  return database.AddFunction("parzen_in", kMostArguments, &In, nullptr);
}

}  // namespace parzen
