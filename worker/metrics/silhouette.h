// How much nearer rows are to their own cluster than to the next one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "worker/dataset.h"

namespace parzen {

// The mean over the rows of (b - a) / max(a, b), where a is a row's mean distance from the others of its cluster and b
// the least of its mean distances from the other clusters (Rousseeuw, Silhouettes, 1987); 0 for a row that is alone in
// its cluster, and where both are 0. nullopt unless there are 2 clusters with rows, and fewer than rows. Of all pairs
// of rows, in 64-bit floats: the same bits on any number of threads of the task arena it is called in. Cancelled: stop
// was requested. Requires: clusters from 0 on, one a row.
absl::StatusOr<std::optional<double>> Silhouette(
    const FeatureRef& rows, absl::Span<const int32_t> clusters,
    const std::function<bool()>& stop_requested = [] { return false; });

}  // namespace parzen
