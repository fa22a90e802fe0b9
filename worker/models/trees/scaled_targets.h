// The targets of a regression as integers, so that sums of them are exact in any order. Threads: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace parzen {

// target = centre + unit * scaled, to within half a unit; unit is a power of two. A sum of as many as there are targets
// fits an int64: of n targets each has 62 - log2(n) bits, more than a float for up to 2^38 targets.
class ScaledTargets {
 public:
  // Requires: at least one target, all finite.
  explicit ScaledTargets(absl::Span<const float> targets);

  const std::vector<int64_t>& scaled() const { return scaled_; }
  double centre() const { return centre_; }
  double unit() const { return unit_; }

 private:
  double centre_;
  double unit_;
  std::vector<int64_t> scaled_;
};

}  // namespace parzen
