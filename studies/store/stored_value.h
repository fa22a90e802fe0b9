// How times and numbers are spelt in the columns that Optuna shares with us. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "studies/store/sqlite.h"

namespace parzen {

// Naive UTC with always six digits, as Optuna 5 writes it: "2026-11-20 09:25:12.786007".
std::string ToDateTime(absl::Time time);
// The reverse, with any number of digits of a second; nullopt for NULL and for what is no time.
std::optional<absl::Time> ReadDateTime(const Statement& row, int column);

// Texts as a JSON list, and back; an empty list for what is none.
std::string ToJsonList(const std::vector<std::string>& texts);
std::vector<std::string> ReadJsonList(const Statement& row, int column);

// A number as a pair of columns: REAL and its type. Infinities and NaN have no REAL, only a type.
struct TypedValue {
  SqlValue value;
  absl::string_view type;  // FINITE, INF_POS, INF_NEG or NAN
};
TypedValue ToTypedValue(double value);

// The reverse, from columns `value_column` and the next one. NaN for a pair that makes no sense.
double ReadTypedValue(const Statement& row, int value_column);

}  // namespace parzen
