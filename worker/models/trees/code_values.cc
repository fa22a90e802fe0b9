#include "worker/models/trees/code_values.h"

#include <array>

#include "tbb/parallel_for.h"

namespace parzen {

CodeValues::CodeValues(const FeatureRef& features, const BinnedFeatures& binned) : starts_(1, 0) {
  for (int feature = 0; feature < binned.features(); ++feature) {
    starts_.push_back(starts_.back() + binned.bins(feature));
  }
  values_.resize(starts_.back());
  tbb::parallel_for(0, binned.features(), [&](int feature) {
    const uint8_t* codes = binned.column(feature);
    std::array<bool, 256> seen{};
    int missing = binned.bins(feature);
    for (int64_t row = 0; row < binned.rows() && missing > 0; ++row) {
      if (seen[codes[row]]) continue;
      seen[codes[row]] = true;
      values_[starts_[feature] + codes[row]] = features(row, feature);
      --missing;
    }
  });
}

}  // namespace parzen
