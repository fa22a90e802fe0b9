// The values that a grid takes from one parameter. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "studies/distribution.h"

namespace parzen {

// An upper bound of how many values GridValues gives, without making them.
int64_t CountGridValues(const Distribution& distribution, int points);

// All values of a category, of a float range with step, and of an int range that has at most `points`. From other
// ranges `points` values, ends included, evenly spaced (in the logarithm where the range says log); fewer where
// rounding makes two of them one. Ascending. Requires: points >= 2.
std::vector<double> GridValues(const Distribution& distribution, int points);

}  // namespace parzen
