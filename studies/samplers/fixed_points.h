// Points of which a part is given: enqueued trials. Pure functions.
#pragma once

#include "base/random_stream.h"
#include "studies/search_space.h"

namespace parzen {

// The point with the values that are `given`; every other parameter that exists beside them has its value from
// `suggested`, or is drawn, uniform in its scale, where that has none. Passes SearchSpace::Check: given and suggested
// values of parameters that do not exist at the point are dropped, as are values outside their distributions. A given
// value goes before search.fix. Requires: both points are as long as the space has parameters.
Point CompletePoint(const SearchSpace& space, const Point& given, const Point& suggested, const RandomStream& random);

}  // namespace parzen
