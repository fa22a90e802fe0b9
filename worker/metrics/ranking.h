// Metrics of how a classifier ranks rows and classes, as scikit-learn defines them. Pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "worker/dataset.h"

namespace parzen {

// Area under the ROC curve of each class against the rest, the mean over the classes; equal probabilities count half.
// nullopt when a class has no rows or all of them. Uses TBB over classes; linear in rows x classes.
std::optional<double> RocAuc(const FeatureMatrix& probabilities, absl::Span<const int32_t> labels);

// Share of rows whose class is among the `k` most probable ones; of equally probable classes the later ones come first,
// as in scikit-learn. nullopt when there are not more than `k` classes. Requires: at least one row.
std::optional<double> TopAccuracy(const FeatureMatrix& probabilities, absl::Span<const int32_t> labels, int k);

}  // namespace parzen
