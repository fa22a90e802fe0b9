#include "worker/models/neighbors/voting.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr int64_t kListsAtATime = 64;

// What the neighbour at `distance` counts, where the nearest one is at `nearest`.
double VoteOf(double distance, double nearest, NearestNeighbors::Weights weights) {
  if (weights == NearestNeighbors::UNIFORM || std::isinf(nearest)) return 1;
  return nearest == 0 ? distance == 0 : 1 / distance;
}

}  // namespace

FeatureMatrix SharesOfVotes(const NeighborListsView& lists, int64_t neighbors, NearestNeighbors::Weights weights,
                            absl::Span<const int32_t> labels, int classes) {
  const int64_t rows = lists.length == 0 ? 0 : static_cast<int64_t>(lists.rows.size()) / lists.length;
  const size_t voters = static_cast<size_t>(std::min(neighbors, lists.length));
  FeatureMatrix shares(rows, classes);
  tbb::parallel_for(int64_t{0}, (rows + kListsAtATime - 1) / kListsAtATime, [&](int64_t block) {
    std::vector<double> votes(static_cast<size_t>(classes));
    for (int64_t row = block * kListsAtATime; row < std::min(rows, (block + 1) * kListsAtATime); ++row) {
      const size_t first = static_cast<size_t>(row * lists.length);
      std::fill(votes.begin(), votes.end(), 0);
      double all = 0;
      for (size_t n = first; n < first + voters; ++n) {
        const double vote = VoteOf(lists.distances[n], lists.distances[first], weights);
        votes[static_cast<size_t>(labels[static_cast<size_t>(lists.rows[n])])] += vote;
        all += vote;
      }
      for (int c = 0; c < classes; ++c) shares(row, c) = static_cast<float>(votes[static_cast<size_t>(c)] / all);
    }
  });
  return shares;
}

}  // namespace parzen
