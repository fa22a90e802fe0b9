// Metrics of a classifier, as scikit-learn defines them. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"

namespace parzen {

// Everything in PartMetrics, from probabilities (rows x classes) and true labels. The predicted class is the
// most probable one, the first of equals. Sums run in row order. Requires: at least one row.
PartMetrics MeasureClassification(const FeatureMatrix& probabilities, absl::Span<const int32_t> labels,
                                  const std::vector<std::string>& class_names);

}  // namespace parzen
