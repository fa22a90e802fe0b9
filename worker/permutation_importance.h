// What each feature is worth to a fitted model, whichever it is: how much worse it gets when the feature's values are
// shuffled among the rows, so that they say nothing any more (Breiman, 2001, "Random forests", section 10).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"

namespace parzen {

// Sets permutation_importance and its deviation: for each feature the mean, over options.repeats() shuffles, of the
// accuracy (in a regression, without class names: r2) that `predict` loses on the rows, and its standard deviation.
// Shuffle r of feature f comes from stream.Fork(f * repeats + r). An error of `predict` is returned.
absl::Status MeasurePermutationImportance(
    const PermutationImportance& options, const LabelledView& rows, const std::vector<std::string>& class_names,
    const RandomStream& stream, const std::function<absl::StatusOr<FeatureMatrix>(const FeatureRef& features)>& predict,
    TrainMetrics& metrics);

}  // namespace parzen
