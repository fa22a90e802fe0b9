#include "worker/models/trees/scaled_targets.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace parzen {

ScaledTargets::ScaledTargets(absl::Span<const float> targets) {
  const auto [low, high] = std::minmax_element(targets.begin(), targets.end());
  centre_ = (static_cast<double>(*low) + static_cast<double>(*high)) / 2;
  int exponent = 0;  // no target is further than 2^exponent from the centre
  std::frexp((static_cast<double>(*high) - static_cast<double>(*low)) / 2, &exponent);
  const int bits = 62 - static_cast<int>(std::bit_width(targets.size()));
  unit_ = std::ldexp(1., exponent - bits);
  scaled_.reserve(targets.size());
  for (const float target : targets) scaled_.push_back(std::llround((target - centre_) / unit_));
}

}  // namespace parzen
