// The JSON values of parameters and attributes, as Python and Optuna write them. Pure functions.
#pragma once

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace parzen {

// Reads NaN, Infinity and -Infinity too, as numbers. Text that is no JSON stands for itself, as a string.
nlohmann::ordered_json ReadJsonValue(absl::string_view text);

}  // namespace parzen
