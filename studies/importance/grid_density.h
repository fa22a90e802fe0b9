// A parameter's values as a probability on a small grid: what PED-ANOVA compares (Watanabe, Bansal and Hutter, 2023,
// section 4). Pure functions.
#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "studies/axis.h"

namespace parzen {

// Where an axis's values are counted: evenly spaced places of the scale from the lowest value to the highest, each
// counting what is nearest; on an unordered axis one place a category. At most 50 places on an ordered axis, as many as
// there are values when they are fewer, and with whole numbers on a logarithmic scale one a doubling.
class ValueGrid {
 public:
  // Requires: !axis.single().
  explicit ValueGrid(const Axis& axis);

  size_t size() const { return size_; }
  // Values outside the axis count at its ends.
  size_t PlaceOf(double internal) const;

 private:
  const Axis& axis_;  // outlives the grid
  size_t size_ = 0;
  double spacing_ = 0;
  std::vector<double> places_;  // of an ordered axis, on its scale
};

// The probability of each place of a grid after `counts` values were seen there: a mixture of one kernel a place that
// has any, weighted by its count, and one uninformed kernel with the weight of one value. Sums to 1.
// Ordered: normal kernels, integrated over each place's cell and truncated to the grid, with Scott's bandwidth
// (1.059 min(IQR / 1.34, standard deviation) n^(-1/5), at least 0.5 / 1.64 places). Unordered: each kernel is the
// category itself, smoothed by 1 / kernels on every category.
std::vector<double> GridDensity(absl::Span<const double> counts, bool ordered);

}  // namespace parzen
