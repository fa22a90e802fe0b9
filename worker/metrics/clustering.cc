#include "worker/metrics/clustering.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>

#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/metrics/cluster_order.h"
#include "worker/metrics/distance_tiles.h"
#include "worker/metrics/kept_rows.h"
#include "worker/metrics/silhouette.h"

namespace parzen {
namespace {

// Of the silhouette, which looks at all pairs.
constexpr int64_t kMostRowsInPairs = 10000;
// Chances that are less than this are left out.
constexpr double kLeastChance = 1e-20;

// In nats.
double Entropy(const std::vector<int64_t>& counts, int64_t rows) {
  double entropy = 0;
  for (const int64_t count : counts) {
    const double share = static_cast<double>(count) / static_cast<double>(rows);
    if (count > 0) entropy -= share * std::log(share);
  }
  return entropy;
}

double MutualInformation(const Contingency& counts) {
  const double all = static_cast<double>(counts.rows);
  double information = 0;
  for (const Contingency::Cell& cell : counts.cells) {
    const double rows = static_cast<double>(cell.rows);
    const double of_class = static_cast<double>(counts.of_class[static_cast<size_t>(cell.label)]);
    const double of_cluster = static_cast<double>(counts.of_cluster[static_cast<size_t>(cell.cluster)]);
    information += rows / all * std::log(rows / of_class * (all / of_cluster));
  }
  return std::max(information, 0.);
}

// Whether classes and clusters divide the rows in the same way.
bool AreTheSame(const Contingency& counts) {
  const auto with_rows = [](const std::vector<int64_t>& all) {
    return all.size() - static_cast<size_t>(std::count(all.begin(), all.end(), 0));
  };
  return with_rows(counts.of_class) == counts.cells.size() && with_rows(counts.of_cluster) == counts.cells.size();
}

// What a class of `a` rows and a cluster of `b` add to the mutual information by chance: n rows of `all` are in both
// with the hypergeometric probability of n. Probabilities are taken in proportion to the largest of them, from which
// they fall on both sides.
double ExpectedInformation(int64_t a, int64_t b, int64_t all) {
  const double rows = static_cast<double>(all), of_class = static_cast<double>(a), of_cluster = static_cast<double>(b);
  const auto information = [&](double n) {
    return n > 0 ? n / rows * std::log(n / of_class * (rows / of_cluster)) : 0;
  };
  const int64_t low = std::max<int64_t>(0, a + b - all), high = std::min(a, b);
  const double rest = rows - of_class - of_cluster;
  const double most_probable = std::clamp(std::floor((of_class + 1) * ((of_cluster + 1) / (rows + 2))),
                                          static_cast<double>(low), static_cast<double>(high));
  double chances = 1, sum = information(most_probable);
  double chance = 1;
  for (double n = most_probable; n < static_cast<double>(high) && chance > kLeastChance;) {
    chance *= (of_class - n) / (n + 1) * ((of_cluster - n) / (rest + n + 1));
    ++n;
    chances += chance;
    sum += chance * information(n);
  }
  chance = 1;
  for (double n = most_probable; n > static_cast<double>(low) && chance > kLeastChance;) {
    chance *= n / (of_class - n + 1) * ((rest + n) / (of_cluster - n + 1));
    --n;
    chances += chance;
    sum += chance * information(n);
  }
  return sum / chances;
}

// Sizes and how many there are of each.
std::map<int64_t, int64_t> CountSizes(const std::vector<int64_t>& counts) {
  std::map<int64_t, int64_t> sizes;
  for (const int64_t count : counts) ++sizes[count];
  sizes.erase(0);
  return sizes;
}

int64_t SumOfSquares(const std::vector<int64_t>& counts) {
  int64_t sum = 0;
  for (const int64_t count : counts) sum += count * count;
  return sum;
}

// Ordered pairs of different rows by whether they are in one class, and in one cluster.
struct PairCounts {
  explicit PairCounts(const Contingency& counts) {
    int64_t squares = 0;
    for (const Contingency::Cell& cell : counts.cells) squares += cell.rows * cell.rows;
    const int64_t of_class = SumOfSquares(counts.of_class), of_cluster = SumOfSquares(counts.of_cluster);
    both = static_cast<double>(squares - counts.rows);
    class_alone = static_cast<double>(of_class - squares);
    cluster_alone = static_cast<double>(of_cluster - squares);
    neither = static_cast<double>(counts.rows * counts.rows - of_class - of_cluster + squares);
  }
  double both, class_alone, cluster_alone, neither;
};

// The clusters' means, around that of all rows, and how far their rows are from them.
struct ClusterShapes {
  DoubleRows means;
  std::vector<double> mean_distances, squares;
};

ClusterShapes ShapesOf(const FeatureRef& rows, const ClusterOrder& order) {
  ClusterShapes shapes{DoubleRows::Zero(order.clusters(), rows.cols()),
                       std::vector<double>(static_cast<size_t>(order.clusters())),
                       std::vector<double>(static_cast<size_t>(order.clusters()))};
  tbb::parallel_for(int64_t{0}, order.clusters(), [&](int64_t cluster) {
    auto mean = shapes.means.row(cluster);
    for (int64_t at = order.begin(cluster); at < order.end(cluster); ++at) {
      mean += rows.row(order.row_at(at)).cast<double>();
    }
    const double count = static_cast<double>(order.count(cluster));
    mean /= count;
    double distances = 0, squares = 0;
    for (int64_t at = order.begin(cluster); at < order.end(cluster); ++at) {
      const double square = (rows.row(order.row_at(at)).cast<double>() - mean).squaredNorm();
      distances += std::sqrt(square);
      squares += square;
    }
    shapes.mean_distances[static_cast<size_t>(cluster)] = distances / count;
    shapes.squares[static_cast<size_t>(cluster)] = squares;
  });
  Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(rows.cols());
  for (int64_t c = 0; c < order.clusters(); ++c) mean += shapes.means.row(c) * static_cast<double>(order.count(c));
  shapes.means.rowwise() -= mean / static_cast<double>(rows.rows());
  return shapes;
}

double CalinskiHarabasz(const ClusterShapes& shapes, const ClusterOrder& order) {
  double between = 0, within = 0, rows = 0;
  for (int64_t c = 0; c < order.clusters(); ++c) {
    between += static_cast<double>(order.count(c)) * shapes.means.row(c).squaredNorm();
    within += shapes.squares[static_cast<size_t>(c)];
    rows += static_cast<double>(order.count(c));
  }
  const double clusters = static_cast<double>(order.clusters());
  return within == 0 ? 1 : between / (clusters - 1) / (within / (rows - clusters));
}

double DaviesBouldin(const ClusterShapes& shapes, const std::function<bool()>& stop) {
  std::vector<double> worst(shapes.mean_distances.size(), 0);
  ForEachDistanceTile(shapes.means, stop, [&](int64_t first, int64_t other, const auto& distances) {
    for (int64_t i = 0; i < distances.rows(); ++i) {
      double& ratio = worst[static_cast<size_t>(first + i)];
      for (int64_t j = 0; j < distances.cols(); ++j) {
        if (distances(i, j) == 0) continue;  // itself, among others
        const double spreads = shapes.mean_distances[static_cast<size_t>(first + i)] +
                               shapes.mean_distances[static_cast<size_t>(other + j)];
        ratio = std::max(ratio, spreads / distances(i, j));
      }
    }
  });
  double sum = 0;
  for (const double ratio : worst) sum += ratio;
  return sum / static_cast<double>(worst.size());
}

absl::StatusOr<std::optional<double>> SilhouetteOfSome(const FeatureRef& rows, absl::Span<const int32_t> clusters,
                                                       const std::function<bool()>& stop_requested) {
  if (rows.rows() <= kMostRowsInPairs) return Silhouette(rows, clusters, stop_requested);
  FeatureMatrix some(kMostRowsInPairs, rows.cols());
  std::vector<int32_t> clusters_of_some;
  for (const int64_t row : EvenlyChosen(rows.rows(), kMostRowsInPairs)) {
    some.row(static_cast<int64_t>(clusters_of_some.size())) = rows.row(row);
    clusters_of_some.push_back(clusters[static_cast<size_t>(row)]);
  }
  return Silhouette(some, clusters_of_some, stop_requested);
}

}  // namespace

Contingency CountTogether(absl::Span<const int32_t> labels, absl::Span<const int32_t> clusters) {
  Contingency counts;
  counts.rows = static_cast<int64_t>(labels.size());
  for (const int32_t cluster : clusters) {
    if (static_cast<size_t>(cluster) >= counts.of_cluster.size()) {
      counts.of_cluster.resize(static_cast<size_t>(cluster) + 1, 0);
    }
    ++counts.of_cluster[static_cast<size_t>(cluster)];
  }
  const ClusterOrder by_class(labels);
  std::vector<int32_t> of_class;  // clusters of its rows
  for (int64_t c = 0; c < by_class.clusters(); ++c) {
    of_class.clear();
    for (int64_t at = by_class.begin(c); at < by_class.end(c); ++at) {
      of_class.push_back(clusters[static_cast<size_t>(by_class.row_at(at))]);
    }
    std::sort(of_class.begin(), of_class.end());
    const int32_t label = labels[static_cast<size_t>(by_class.row_at(by_class.begin(c)))];
    counts.of_class.resize(static_cast<size_t>(label) + 1, 0);
    counts.of_class.back() = by_class.count(c);
    for (auto first = of_class.begin(); first != of_class.end();) {
      const auto end = std::upper_bound(first, of_class.end(), *first);
      counts.cells.push_back({label, *first, end - first});
      first = end;
    }
  }
  return counts;
}

VMeasure MeasureV(const Contingency& counts) {
  const double information = MutualInformation(counts);
  const double of_class = Entropy(counts.of_class, counts.rows), of_cluster = Entropy(counts.of_cluster, counts.rows);
  const double homogeneity = of_class > 0 ? information / of_class : 1;
  const double completeness = of_cluster > 0 ? information / of_cluster : 1;
  const double sum = homogeneity + completeness;
  return {homogeneity, completeness, sum > 0 ? 2 * homogeneity * completeness / sum : 0};
}

double RandIndex(const Contingency& counts) {
  const PairCounts pairs(counts);
  const double agreed = pairs.both + pairs.neither, all = agreed + pairs.class_alone + pairs.cluster_alone;
  return all > 0 ? agreed / all : 1;
}

double AdjustedRandIndex(const Contingency& counts) {
  const PairCounts pairs(counts);
  if (pairs.class_alone == 0 && pairs.cluster_alone == 0) return 1;
  return 2 * (pairs.both * pairs.neither - pairs.class_alone * pairs.cluster_alone) /
         ((pairs.both + pairs.class_alone) * (pairs.class_alone + pairs.neither) +
          (pairs.both + pairs.cluster_alone) * (pairs.cluster_alone + pairs.neither));
}

double AdjustedMutualInformation(const Contingency& counts) {
  if (AreTheSame(counts)) return 1;
  double expected = 0;
  const std::map<int64_t, int64_t> class_sizes = CountSizes(counts.of_class);
  const std::map<int64_t, int64_t> cluster_sizes = CountSizes(counts.of_cluster);
  for (const auto& [a, classes] : class_sizes) {
    for (const auto& [b, clusters] : cluster_sizes) {
      expected += static_cast<double>(classes * clusters) * ExpectedInformation(a, b, counts.rows);
    }
  }
  const double most = (Entropy(counts.of_class, counts.rows) + Entropy(counts.of_cluster, counts.rows)) / 2;
  return (MutualInformation(counts) - expected) / std::max(most - expected, std::numeric_limits<double>::epsilon());
}

absl::StatusOr<Separation> MeasureSeparation(const FeatureRef& rows, absl::Span<const int32_t> clusters,
                                             const std::function<bool()>& stop_requested) {
  const ClusterOrder order(clusters);
  if (order.clusters() < 2 || order.clusters() >= rows.rows()) return Separation();
  const ClusterShapes shapes = ShapesOf(rows, order);
  std::atomic<bool> stopped = false;
  const auto stop = [&] {
    if (!stopped && stop_requested()) stopped = true;
    return stopped.load();
  };
  const Separation separation{DaviesBouldin(shapes, stop), CalinskiHarabasz(shapes, order)};
  if (stopped) return absl::CancelledError("measuring was asked to stop");
  return separation;
}

absl::Status MeasureClusters(const FeatureRef& rows, absl::Span<const int32_t> clusters,
                             absl::Span<const int32_t> labels, const std::function<bool()>& stop_requested,
                             PartMetrics& metrics) {
  ASSIGN_OR_RETURN(const std::optional<double> silhouette, SilhouetteOfSome(rows, clusters, stop_requested));
  if (silhouette) metrics.set_silhouette(*silhouette);
  ASSIGN_OR_RETURN(const Separation separation, MeasureSeparation(rows, clusters, stop_requested));
  if (separation.davies_bouldin) metrics.set_davies_bouldin(*separation.davies_bouldin);
  if (separation.calinski_harabasz) metrics.set_calinski_harabasz(*separation.calinski_harabasz);
  if (labels.empty()) return absl::OkStatus();
  const Contingency counts = CountTogether(labels, clusters);
  const VMeasure v = MeasureV(counts);
  metrics.set_homogeneity(v.homogeneity);
  metrics.set_completeness(v.completeness);
  metrics.set_v_measure(v.v_measure);
  metrics.set_rand(RandIndex(counts));
  metrics.set_adjusted_rand(AdjustedRandIndex(counts));
  metrics.set_adjusted_mutual_information(AdjustedMutualInformation(counts));
  return absl::OkStatus();
}

}  // namespace parzen
