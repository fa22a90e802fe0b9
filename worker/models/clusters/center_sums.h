// The sums of the rows of each cluster, kept up to date as rows come and go.
//
// A sum is a pair of 64-bit floats (Knuth's exact sum of two; Ogita, Rump and Oishi, Accurate Sum and Dot Product,
// 2005, algorithms 3.1 and 4.3): what a row that was there for a while leaves behind is 2^-106 of it, so that means are
// the same as if they were computed anew. Rows are added in order, whatever the threads. Externally synchronised.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "worker/models/clusters/center_scores.h"

namespace parzen {

class CenterSums {
 public:
  CenterSums(int64_t clusters, int64_t columns);

  struct Move {
    int32_t row;
    int32_t from, to;  // -1: none
  };
  // Uses TBB.
  void Apply(const FeatureRef& rows, absl::Span<const Move> moves);

  // How many rows a cluster has.
  int64_t count(int64_t cluster) const { return counts_[static_cast<size_t>(cluster)]; }

  // Moves the centres of clusters with rows to their means, and tells how far, squared. Uses TBB.
  void MoveToMeans(CenterMatrix& centers, std::vector<double>& squared_moves) const;

 private:
  struct Change {
    int32_t row;
    float sign;
  };
  void ApplyTo(int64_t cluster, int64_t first_column, const FeatureRef& rows, absl::Span<const Change> changes);

  int64_t columns_;
  std::vector<int64_t> counts_;
  CenterMatrix high_, low_;
};

}  // namespace parzen
