// What the codes of binned features stand for. Threads: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/binned_features.h"
#include "worker/dataset.h"

namespace parzen {

class CodeValues {
 public:
  // Uses TBB over features; the result does not depend on the number of threads.
  CodeValues(const FeatureRef& features, const BinnedFeatures& binned);

  // One value a code, ascending: the feature's in the first row that has the code.
  const float* of(int feature) const { return values_.data() + starts_[feature]; }

 private:
  std::vector<int64_t> starts_;
  std::vector<float> values_;
};

}  // namespace parzen
