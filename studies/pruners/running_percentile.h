// A percentile of numbers that only ever become more. Threads: externally synchronised.
#pragma once

#include <cstddef>
#include <vector>

namespace parzen {

// Interpolates linearly between the two nearest numbers, at place percentile / 100 * (n - 1) of the sorted ones, as
// numpy.percentile does. Infinities are numbers. Add takes O(log n), the rest O(1).
class RunningPercentile {
 public:
  // In [0, 100].
  explicit RunningPercentile(double percentile) : share_(percentile / 100) {}

  // Requires: not NaN.
  void Add(double number);
  size_t size() const { return low_.size() + high_.size(); }
  // Requires: size() > 0.
  double Value() const;

 private:
  double share_;
  // All numbers, in two heaps that meet where the percentile is: the largest of `low_` and the smallest of `high_` are
  // at its two sides.
  std::vector<double> low_;
  std::vector<double> high_;
};

}  // namespace parzen
