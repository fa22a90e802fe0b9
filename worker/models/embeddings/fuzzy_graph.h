// The graph of neighbours that UMAP draws: how surely two rows are neighbours (McInnes, Healy and Melville, "UMAP:
// uniform manifold approximation and projection", 2018, algorithms 2 and 3). A pure function.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "worker/models/embeddings/sparse_rows.h"
#include "worker/models/neighbors/neighbor_lists.h"

namespace parzen {

// A row is surely connected with the nearest other that is not at its own place; with those further away by a distance
// d as exp(-d / s), with s such that all of its neighbours together count as much as log2 of how many they are with
// itself. Of a and b, which two rows say of each other, becomes a + b - ab. Symmetric; without a diagonal; numbers in
// (0, 1]. `others`: at least one for each row, without itself, nearest first. Cancelled: `stop` (any thread asks it)
// said so. Uses TBB; the bits depend on `others` alone.
absl::StatusOr<SparseRows> FuzzyGraph(const NeighborLists& others, const std::function<bool()>& stop);

}  // namespace parzen
