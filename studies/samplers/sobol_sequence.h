// The Sobol sequence (Sobol', 1967) as a function of the point's number: points that cover the unit cube evenly.
//
// Every dimension is a (0, 1)-sequence in base 2: of points k 2^m to (k + 1) 2^m - 1 exactly one lies in each interval
// of length 2^-m. Each dimension has a primitive polynomial over GF(2) of its own, in order of degree, found when the
// sequence is made. Dimensions 0 and 1 together are a (0, 2)-sequence. Beyond that the initial direction numbers decide
// how well pairs of dimensions are covered; they are drawn from a fixed stream, and of several draws per dimension the
// one is taken that pairs best with the dimensions shortly before it. They are not those of published tables: no
// bound on the discrepancy of more than two dimensions is promised (tests measure it).
//
// Scrambling multiplies each dimension's digits by a random lower triangular matrix and adds a random shift (Matousek,
// 1998), which keeps the intervals above, and makes every single point uniform. Threads: immutable.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/random_stream.h"

namespace parzen {

class SobolSequence {
 public:
  static constexpr int kBits = 52;  // of a coordinate, and of a point's number

  explicit SobolSequence(size_t dimensions);
  SobolSequence(size_t dimensions, const RandomStream& scrambling);

  // Coordinate `dimension` of point `number`, in [0, 1): 52 bits, of points in the order of their numbers, not the Gray
  // code's. Unscrambled, point 0 is the origin. Requires: number < 2^52.
  double At(uint64_t number, size_t dimension) const;

 private:
  // Column b holds, as a binary fraction from bit kBits - 1 down, what bit b of the number adds.
  using Columns = std::array<uint64_t, kBits>;

  std::vector<Columns> columns_;
  std::vector<uint64_t> shifts_;
};

}  // namespace parzen
