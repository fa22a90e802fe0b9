// Numbers as one line of block characters, ▁ the lowest of those shown and █ the highest. Pure functions; threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace parzen {

// One column a value, from left to right. Where there are more values than columns, the first, the last and those
// evenly between them are shown. Infinities stand at the ends of the scale, equal values in its middle; NaN is a blank.
std::string Sparkline(const std::vector<double>& values, size_t columns);

// At most `columns` of the values: the first, the last and those evenly between them (the last alone for one column).
std::vector<double> EvenlyChosen(const std::vector<double>& values, size_t columns);

}  // namespace parzen
