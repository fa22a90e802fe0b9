// How rows are made up of their neighbours, and what remains of them.
#pragma once

#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/dataset.h"
#include "worker/models/embeddings/sparse_rows.h"
#include "worker/models/neighbors/neighbor_lists.h"

namespace parzen {

// For each row I - W, where W has the weights, of sum 1, with which its neighbours come nearest to it: those that solve
// (G + r I) w = 1, up to their length, where G holds the scalar products of the neighbours seen from the row, and r is
// `regularization` times G's trace, or `regularization` where that is 0 (Saul and Roweis, "Think globally, fit
// locally", 2003, equations 3 and 4, section 5.1; weights of neighbours that are all equal are equal). InvalidArgument:
// so little regularization leaves them undefined. Cancelled: `stop` (any thread asks it) said so. Uses TBB; a row's
// weights depend on the row and its neighbours alone. Requires: no row is its own neighbour.
absl::StatusOr<SparseRows> Residuals(const FeatureRef& rows, const NeighborLists& neighbors, double regularization,
                                     const std::function<bool()>& stop);

}  // namespace parzen
