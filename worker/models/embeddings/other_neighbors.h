// The nearest other rows of each row: what locally_linear and umap make their graphs of. A pure function.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "worker/dataset.h"
#include "worker/models/neighbors/neighbor_lists.h"

namespace parzen {

// For each row the `count` others nearest to it by Euclidean distance: nearest first, of equally near ones the smaller
// number; a row's equals are others like any. Cancelled: `stop` (any thread asks it) said so. Uses TBB. Requires:
// finite numbers, at least one column, 1 <= count < rows < 2^31.
absl::StatusOr<NeighborLists> OtherNeighbors(const FeatureRef& rows, int64_t count, const std::function<bool()>& stop);

}  // namespace parzen
