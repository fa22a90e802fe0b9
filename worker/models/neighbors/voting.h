// How neighbours decide on the class of a row. Pure functions.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/neighbors/neighbor_lists.h"

namespace parzen {

// Each class's share of the votes of the first `neighbors` of each list, or of all that there are: rows x classes. A
// vote counts one, or 1 / distance; then neighbours at distance 0 alone vote where there are any, and infinitely far
// ones count one. `labels`: of the training rows. Uses TBB over lists.
FeatureMatrix SharesOfVotes(const NeighborListsView& lists, int64_t neighbors, NearestNeighbors::Weights weights,
                            absl::Span<const int32_t> labels, int classes);

}  // namespace parzen
