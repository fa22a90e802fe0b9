// The JSON values of parameters and attributes, as Python and Optuna write them. Pure functions.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace parzen {

// Reads NaN, Infinity and -Infinity too, as numbers. Text that is no JSON stands for itself, as a string; so does text
// that IsPlainJson is not true of.
nlohmann::ordered_json ReadJsonValue(absl::string_view text);

// Whether text, if it is JSON, is no harder to take apart and write again than it is long: how deep it nests, and how
// many names it has. Whoever tells values decides what is in them.
bool IsPlainJson(absl::string_view text, int deepest = 100, int64_t most_names = 10000);

}  // namespace parzen
