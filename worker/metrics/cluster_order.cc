#include "worker/metrics/cluster_order.h"

#include <algorithm>

namespace parzen {

ClusterOrder::ClusterOrder(absl::Span<const int32_t> cluster_of_row) {
  const int32_t most = cluster_of_row.empty() ? -1 : *std::max_element(cluster_of_row.begin(), cluster_of_row.end());
  std::vector<int64_t> counts(static_cast<size_t>(most + 1), 0);
  for (const int32_t cluster : cluster_of_row) ++counts[static_cast<size_t>(cluster)];
  std::vector<int64_t> numbers(counts.size()), next;
  begins_.push_back(0);
  for (size_t cluster = 0; cluster < counts.size(); ++cluster) {
    if (counts[cluster] == 0) continue;
    numbers[cluster] = clusters();
    next.push_back(begins_.back());
    begins_.push_back(begins_.back() + counts[cluster]);
  }
  rows_.resize(cluster_of_row.size());
  clusters_.resize(cluster_of_row.size());
  for (size_t row = 0; row < cluster_of_row.size(); ++row) {
    const int64_t number = numbers[static_cast<size_t>(cluster_of_row[row])];
    const size_t place = static_cast<size_t>(next[static_cast<size_t>(number)]++);
    rows_[place] = static_cast<int64_t>(row);
    clusters_[place] = number;
  }
}

}  // namespace parzen
