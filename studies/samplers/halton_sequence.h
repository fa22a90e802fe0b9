// The Halton sequence (Halton, 1960) as a function of the point's number: points that cover the unit cube evenly.
//
// Dimension d writes the number in the d-th prime base p, and mirrors its digits at the point: of p^m consecutive
// points, from a multiple of p^m on, exactly one lies in each interval of length p^-m. In large bases the first points
// of two dimensions lie on few lines; scrambling, which permutes the digits at each position at random (Owen, 2017,
// "A randomized Halton algorithm in R"), keeps the intervals, breaks the lines and makes every single point uniform.
// Threads: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random_stream.h"

namespace parzen {

class HaltonSequence {
 public:
  explicit HaltonSequence(size_t dimensions);
  HaltonSequence(size_t dimensions, const RandomStream& scrambling);

  // Coordinate `dimension` of point `number`, in [0, 1). Unscrambled, point 0 is the origin. Requires: number < 2^32.
  double At(uint64_t number, size_t dimension) const;

 private:
  struct Dimension {
    uint32_t base = 2;
    int digits = 0;                      // what numbers below 2^32 have, at most
    std::vector<uint16_t> permutations;  // base entries for each digit, the lowest digit first; empty: unscrambled
    double beyond = 0;                   // what all digits after those add: zeros, permuted
  };

  std::vector<Dimension> dimensions_;
};

}  // namespace parzen
