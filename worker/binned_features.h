// Features as small integers: what trees are grown on.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "worker/dataset.h"

namespace parzen {

// Column-major codes: code(r, f) orders the rows by feature f. A feature with at most 256 distinct values has one code
// a value, so nothing is lost; others are cut at quantiles. Threads: immutable.
class BinnedFeatures {
 public:
  // Uses TBB over features; the result does not depend on the number of threads. NaN is not expected.
  explicit BinnedFeatures(const FeatureRef& features);
  // What another one's codes(), thresholds() and starts() are. Borrows.
  BinnedFeatures(absl::Span<const uint8_t> codes, absl::Span<const float> thresholds, absl::Span<const int64_t> starts)
      : codes_(codes), thresholds_(thresholds), starts_(starts) {
    rows_ = features() == 0 ? 0 : static_cast<int64_t>(codes_.size()) / features();
  }
  BinnedFeatures(const BinnedFeatures&) = delete;
  BinnedFeatures& operator=(const BinnedFeatures&) = delete;

  int64_t rows() const { return rows_; }
  int features() const { return static_cast<int>(starts_.size()) - 1; }
  // The codes of one feature, `rows()` of them.
  const uint8_t* column(int feature) const { return codes_.data() + feature * rows_; }
  // Number of codes the feature uses, 1 to 256. A feature with one code cannot split.
  int bins(int feature) const { return static_cast<int>(starts_[feature + 1] - starts_[feature]) + 1; }
  // A value with code <= bin is <= threshold(feature, bin), and a value with a larger code is above it. bin < bins - 1.
  // Half way between neighbouring values, as scikit-learn cuts.
  float threshold(int feature, int bin) const { return thresholds_[starts_[feature] + bin]; }

  absl::Span<const uint8_t> codes() const { return codes_; }          // features x rows
  absl::Span<const float> thresholds() const { return thresholds_; }  // of all features, ascending in each
  absl::Span<const int64_t> starts() const { return starts_; }        // of each feature in thresholds(), and their end

 private:
  // Empty when they are borrowed.
  std::vector<uint8_t> own_codes_;
  std::vector<float> own_thresholds_;
  std::vector<int64_t> own_starts_;

  int64_t rows_;
  absl::Span<const uint8_t> codes_;
  absl::Span<const float> thresholds_;
  absl::Span<const int64_t> starts_;
};

}  // namespace parzen
