// Rows, those of a cluster side by side. Clusters without rows are left out, so they are numbered anew.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace parzen {

// Threads: immutable.
class ClusterOrder {
 public:
  // Requires: clusters from 0 on, one a row.
  explicit ClusterOrder(absl::Span<const int32_t> cluster_of_row);

  // How many have rows.
  int64_t clusters() const { return static_cast<int64_t>(begins_.size()) - 1; }
  // Where its rows begin and end.
  int64_t begin(int64_t cluster) const { return begins_[static_cast<size_t>(cluster)]; }
  int64_t end(int64_t cluster) const { return begins_[static_cast<size_t>(cluster) + 1]; }
  int64_t count(int64_t cluster) const { return end(cluster) - begin(cluster); }
  // The row at a place, and its cluster; rows of a cluster ascend.
  int64_t row_at(int64_t place) const { return rows_[static_cast<size_t>(place)]; }
  int64_t cluster_at(int64_t place) const { return clusters_[static_cast<size_t>(place)]; }

 private:
  std::vector<int64_t> begins_;
  std::vector<int64_t> rows_;
  std::vector<int64_t> clusters_;
};

}  // namespace parzen
