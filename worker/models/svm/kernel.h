// A kernel: how two rows are compared, given their dot product. Immutable value.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "proto/train.pb.h"

namespace parzen {

struct Kernel {
  Svm::Kernel kind = Svm::RBF;
  float gamma = 1;
  float coef0 = 0;
  int degree = 3;

  // Turns the dot products of a row with `count` others into kernel values, in place. `norm` and `norms` are their sums
  // of squares. A value depends on its own product and norms alone. Requires: `count` is a multiple of 16, and `values`
  // and `norms` are aligned to 32 bytes.
  void Apply(float norm, const float* norms, int64_t count, float* values) const;

  // The kernel of a row with itself.
  float OfItself(float norm) const;
};

}  // namespace parzen
