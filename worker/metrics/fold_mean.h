// The metrics of a cross-validation, from those of its parts. Pure functions.
#pragma once

#include "absl/types/span.h"
#include "proto/train.pb.h"

namespace parzen {

// Each number's mean over the parts, absent where a part has none; seconds, counts of rows and confusions are summed.
// Sums run in the order of the parts. Requires: at least one.
TrainMetrics MeanOfFolds(absl::Span<const TrainMetrics> folds);

}  // namespace parzen
