// Metrics of a regression, as scikit-learn defines them. Pure functions.
#pragma once

#include "absl/types/span.h"
#include "proto/train.pb.h"

namespace parzen {

// What PartMetrics has of a regression. Sums run in row order. Requires: as many of both, at least one.
PartMetrics MeasureRegression(absl::Span<const float> predicted, absl::Span<const float> targets);

}  // namespace parzen
