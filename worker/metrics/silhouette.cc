#include "worker/metrics/silhouette.h"

#include <immintrin.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/metrics/cluster_order.h"
#include "worker/metrics/distance_tiles.h"

namespace parzen {
namespace {

double SumOf(const double* values, int64_t count) {
  __m256d sums = _mm256_setzero_pd();
  int64_t i = 0;
  for (; i + 4 <= count; i += 4) sums = _mm256_add_pd(sums, _mm256_loadu_pd(values + i));
  alignas(32) double lanes[4];
  _mm256_store_pd(lanes, sums);
  double sum = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
  for (; i < count; ++i) sum += values[i];
  return sum;
}

// The rows around their mean, those of a cluster side by side.
DoubleRows RowsByCluster(const FeatureRef& rows, const ClusterOrder& order) {
  DoubleRows sorted(rows.rows(), rows.cols());
  tbb::parallel_for(int64_t{0}, rows.rows(),
                    [&](int64_t place) { sorted.row(place) = rows.row(order.row_at(place)).cast<double>(); });
  const Eigen::RowVectorXd mean = sorted.colwise().mean();
  tbb::parallel_for(int64_t{0}, rows.rows(), [&](int64_t place) { sorted.row(place) -= mean; });
  return sorted;
}

// What is known of a row while distances from cluster after cluster go by.
class RowState {
 public:
  void Add(double sum) { sum_ += sum; }
  void EndOwn(int64_t rows) {
    alone_ = rows == 1;
    own_ = alone_ ? 0 : sum_ / static_cast<double>(rows - 1);
    sum_ = 0;
  }
  void EndOther(int64_t rows) {
    next_ = std::min(next_, sum_ / static_cast<double>(rows));
    sum_ = 0;
  }

  double silhouette() const {
    const double most = std::max(own_, next_);
    return alone_ || most == 0 ? 0 : (next_ - own_) / most;
  }

 private:
  double sum_ = 0;
  double own_ = 0;
  double next_ = std::numeric_limits<double>::infinity();
  bool alone_ = false;
};

// Takes distances of the row at `place` from those at places `other` to `end`.
void AddDistances(const ClusterOrder& order, int64_t place, int64_t other, int64_t end, const double* distances,
                  RowState& state) {
  for (int64_t at = other; at < end;) {
    const int64_t cluster = order.cluster_at(at);
    const int64_t to = std::min(order.end(cluster), end);
    state.Add(SumOf(distances + (at - other), to - at));
    at = to;
    if (to < order.end(cluster)) continue;
    if (order.cluster_at(place) == cluster) {
      state.EndOwn(order.count(cluster));
    } else {
      state.EndOther(order.count(cluster));
    }
  }
}

}  // namespace

absl::StatusOr<std::optional<double>> Silhouette(const FeatureRef& rows, absl::Span<const int32_t> clusters,
                                                 const std::function<bool()>& stop_requested) {
  const ClusterOrder order(clusters);
  if (order.clusters() < 2 || order.clusters() >= rows.rows()) return std::optional<double>();
  std::vector<RowState> states(static_cast<size_t>(rows.rows()));
  std::atomic<bool> stopped = false;
  const auto stop = [&] {
    if (!stopped && stop_requested()) stopped = true;
    return stopped.load();
  };
  ForEachDistanceTile(RowsByCluster(rows, order), stop, [&](int64_t first, int64_t other, const auto& distances) {
    for (int64_t i = 0; i < distances.rows(); ++i) {
      AddDistances(order, first + i, other, other + distances.cols(), distances.data() + i * distances.outerStride(),
                   states[static_cast<size_t>(first + i)]);
    }
  });
  if (stopped) return absl::CancelledError("measuring was asked to stop");
  double sum = 0;
  for (const RowState& state : states) sum += state.silhouette();
  return std::optional<double>(sum / static_cast<double>(rows.rows()));
}

}  // namespace parzen
