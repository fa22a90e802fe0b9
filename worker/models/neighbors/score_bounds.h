// What a score says for certain of a distance. Scores are rounded: in an interval around each lies what exact
// arithmetic would give (up to what is the same for all training rows), by the standard bounds of sums of floats
// (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1).
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "proto/train.pb.h"

namespace parzen {

// How scores were computed.
struct ScoreRounding {
  int64_t columns = 0;
  bool in_floats = true;    // sums of floats; otherwise of integers, exact
  double underflow = 0;     // no number that was multiplied lost more by being too small
  double off_the_grid = 0;  // no number is further from the integer that stands for it
};

// For a row a asked about and training row j with score s, the measure of their distance is, up to a number that a
// alone determines, in [low, high]:
//   low  = times[j] * s + add[j] - width[j] * a.factor
//   high = low * (1 + relative) + 2 * (width[j] * a.factor + slack[j] + a.base)
// Threads: immutable.
struct ScoreBounds {
  struct OfRow {
    float factor;
    float base;
  };

  // `squares`: <b, b> of each training row.
  ScoreBounds(NearestNeighbors::Metric metric, absl::Span<const double> squares, const ScoreRounding& rounding);

  // `square`: <a, a>.
  OfRow For(double square) const;
  // NaN, where a low end is not known, is as far as can be.
  float High(float low, int64_t j, const OfRow& a) const;

  std::vector<float> times, add, width, slack;  // one a training row
  float relative = 0;

 private:
  NearestNeighbors::Metric metric_;
  double sum_error_;   // relative, of a sum of products or differences
  double grid_error_;  // of the length of a row
  double base_;
};

}  // namespace parzen
