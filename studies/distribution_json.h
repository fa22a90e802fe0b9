// The JSON side of distributions, shared by distribution.cc and distribution_json.cc, and the words for them. Pure
// functions.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "studies/distribution.h"

namespace parzen {

// Texts may not be longer: a categorical of the most choices that a study file may hold fits.
inline constexpr size_t kMaxDistributionJsonBytes = 16 << 20;

// One value as Python's json.dumps writes it.
std::string ChoiceToJson(const Choice& choice);

// Reads one JSON scalar, Python's NaN and Infinity included. InvalidArgument for lists, objects and what is not JSON.
absl::StatusOr<Choice> ChoiceFromJson(absl::string_view json);

// "0.1 to 1.0 in steps of 0.1", for people.
std::string DescribeValues(const Distribution& distribution);

}  // namespace parzen
