// Sums of rows of 32-bit numbers, each times a number, in 64 bits.
#pragma once

#include <cstdint>
#include <vector>

namespace parzen {

struct ScaledRow {
  double by;
  const float* values;  // borrowed
};

// Adds the values [first, last) of all rows to sums[first, last), row after row. Requires: a multiple of 16 of them.
void AddRows(const std::vector<ScaledRow>& rows, int64_t first, int64_t last, double* sums);

}  // namespace parzen
