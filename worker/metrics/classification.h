// Metrics of a classifier, as scikit-learn defines them. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"

namespace parzen {

// Whether to measure how classes are ranked (roc_auc, top_k_accuracy), which takes longer than all the rest.
enum class Ranking { kMeasured, kLeftOut };

// Everything in PartMetrics, from probabilities (rows x classes) and true labels. The predicted class is the
// most probable one, the first of equals. Sums run in row order. Uses TBB. Requires: at least one row.
PartMetrics MeasureClassification(const FeatureMatrix& probabilities, absl::Span<const int32_t> labels,
                                  const std::vector<std::string>& class_names, Ranking ranking = Ranking::kMeasured);

}  // namespace parzen
