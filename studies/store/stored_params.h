// Points of which a part is given, as Optuna keeps them with a trial that was enqueued: the system attribute
// "fixed_params", an object of names and external values. Pure functions.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "studies/search_space.h"

namespace parzen {

inline constexpr absl::string_view kFixedParamsKey = "fixed_params";

struct GivenPoint {
  Point point;          // of the space; nullopt where nothing was given
  std::string ignored;  // what was given but is no value of the space, for people; "" when all of it is
};

// {"c": 0.5, "kernel": "rbf"}, in the space's order. Requires: what is given passes Contains.
std::string ToFixedParams(const SearchSpace& space, const Point& given);

// The reverse, from a text of any program: names the space does not know and values it does not have are ignored, and
// so is a text that is no JSON object.
GivenPoint FromFixedParams(const SearchSpace& space, absl::string_view json);

}  // namespace parzen
