// Metrics of clusters, as scikit-learn defines them: how they lie among the rows, and how well they tell classes that
// they were not shown. Pure functions, in 64-bit floats. Clusters and classes are numbers from 0 on, one a row; those
// without rows count nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"

namespace parzen {

// How many rows each class has in each cluster.
struct Contingency {
  struct Cell {
    int32_t label, cluster;
    int64_t rows;
  };
  std::vector<Cell> cells;          // those with rows, by class and then by cluster
  std::vector<int64_t> of_class;    // rows of each class, up to the last that has any
  std::vector<int64_t> of_cluster;  // the same of clusters
  int64_t rows = 0;
};

// Requires: as many of both.
Contingency CountTogether(absl::Span<const int32_t> labels, absl::Span<const int32_t> clusters);

// Homogeneity: 1 - H(class | cluster) / H(class), or 1 where there is one class. Completeness: the same the other way
// round. V-measure: their harmonic mean, 0 where both are 0 (Rosenberg and Hirschberg, 2007).
struct VMeasure {
  double homogeneity, completeness, v_measure;
};
VMeasure MeasureV(const Contingency& counts);

// The share of the pairs of rows that are together, or apart, in both; 1 where there are no pairs.
double RandIndex(const Contingency& counts);
// The same, 0 where it is what chance would give; 1 where both are the same (Hubert and Arabie, 1985).
double AdjustedRandIndex(const Contingency& counts);
// (I - E) / ((H(class) + H(cluster)) / 2 - E), where I is their mutual information and E what that would be by chance,
// given how many rows each class and cluster has (Vinh, Epps and Bailey, 2010, theorem 1 and table 2); 1 where both are
// the same.
double AdjustedMutualInformation(const Contingency& counts);

// The mean over the clusters of the largest (s + s') / d, where s and s' are the mean distances of the rows from the
// means of this and of another cluster, and d is that of these means; other clusters with the same mean are left out
// (Davies and Bouldin, 1979). And the squared distances of the clusters' means from the mean of all, a row each, to
// those of the rows from the means of theirs, each over its degrees of freedom; 1 where there are none of the latter
// (Calinski and Harabasz, 1974). Both absent unless there are 2 clusters with rows, and fewer than rows. Uses TBB.
struct Separation {
  std::optional<double> davies_bouldin, calinski_harabasz;
};
// Cancelled: stop was requested. Requires: at least one row.
absl::StatusOr<Separation> MeasureSeparation(
    const FeatureRef& rows, absl::Span<const int32_t> clusters,
    const std::function<bool()>& stop_requested = [] { return false; });

// All that PartMetrics has of clusters but for what a model says of itself (inertia, log-likelihood). Without labels (a
// regression) what compares with classes is left out. Uses TBB. Cancelled: stop was requested, of any thread. Requires:
// at least one row; as many clusters, and labels or none.
absl::Status MeasureClusters(const FeatureRef& rows, absl::Span<const int32_t> clusters,
                             absl::Span<const int32_t> labels, const std::function<bool()>& stop_requested,
                             PartMetrics& metrics);

}  // namespace parzen
