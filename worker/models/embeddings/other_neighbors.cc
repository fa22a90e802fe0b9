#include "worker/models/embeddings/other_neighbors.h"

#include <utility>

#include "base/status_macros.h"
#include "worker/models/neighbors/neighbor_search.h"

namespace parzen {

absl::StatusOr<NeighborLists> OtherNeighbors(const FeatureRef& rows, int64_t count, const std::function<bool()>& stop) {
  const NeighborSearch search(NearestNeighbors::EUCLIDEAN, rows);
  ASSIGN_OR_RETURN(NeighborLists lists, search.Find(rows, count + 1, stop));
  // Drops from each list, in place, the row itself, or the last one where so many equals come before it that it is not
  // there.
  size_t from = 0, to = 0;
  for (int64_t row = 0; row < rows.rows(); ++row) {
    const size_t end = to + static_cast<size_t>(count);
    for (int64_t i = 0; i <= count; ++i, ++from) {
      if (lists.rows[from] == row || to == end) continue;
      lists.rows[to] = lists.rows[from];
      lists.distances[to++] = lists.distances[from];
    }
  }
  lists.length = count;
  lists.rows.resize(to);
  lists.distances.resize(to);
  return lists;
}

}  // namespace parzen
