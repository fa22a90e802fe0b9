// Where random cuts fall. Pure functions.
#pragma once

#include <algorithm>
#include <cstdint>

namespace parzen {

// The last code that goes left when the cut falls at `place`, in [0, 1), of the way from the value of code `first` to
// that of the larger code `last`; less than `last`. `values`: of the codes, ascending.
inline uint8_t RandomCut(const float* values, uint8_t first, uint8_t last, double place) {
  const double low = values[first], high = values[last];
  const float cut = static_cast<float>(low + place * (high - low));
  const float* const above = std::upper_bound(values + first + 1, values + last, cut);
  return static_cast<uint8_t>(above - values - 1);
}

}  // namespace parzen
