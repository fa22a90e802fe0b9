// Features as small integers: what trees are grown on.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/dataset.h"

namespace parzen {

// Column-major codes: code(r, f) orders the rows by feature f. A feature with at most 256 distinct values has one code
// a value, so nothing is lost; others are cut at quantiles. Threads: immutable.
class BinnedFeatures {
 public:
  // Uses TBB over features; the result does not depend on the number of threads. NaN is not expected.
  explicit BinnedFeatures(const FeatureMatrix& features);

  int64_t rows() const { return rows_; }
  int features() const { return static_cast<int>(thresholds_.size()); }
  // The codes of one feature, `rows()` of them.
  const uint8_t* column(int feature) const { return codes_.data() + feature * rows_; }
  // Number of codes the feature uses, 1 to 256. A feature with one code cannot split.
  int bins(int feature) const { return static_cast<int>(thresholds_[feature].size()) + 1; }
  // A value with code <= bin is <= threshold(feature, bin), and a value with a larger code is above it. bin < bins - 1.
  // Half way between neighbouring values, as scikit-learn cuts.
  float threshold(int feature, int bin) const { return thresholds_[feature][bin]; }

 private:
  int64_t rows_;
  std::vector<uint8_t> codes_;                  // features x rows
  std::vector<std::vector<float>> thresholds_;  // features x (bins - 1), ascending
};

}  // namespace parzen
