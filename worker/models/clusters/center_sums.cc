#include "worker/models/clusters/center_sums.h"

#include <immintrin.h>

#include <algorithm>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

// Columns whose sums stay in the first-level cache while rows are added.
constexpr int64_t kColumnsAtATime = 512;

inline void AddExactly(double value, double& high, double& low) {
  const double sum = high + value;
  const double added = sum - high;
  low += (high - (sum - added)) + (value - added);
  high = sum;
}

inline void AddExactly(__m256d value, double* high, double* low) {
  const __m256d old = _mm256_loadu_pd(high);
  const __m256d sum = _mm256_add_pd(old, value);
  const __m256d added = _mm256_sub_pd(sum, old);
  const __m256d lost = _mm256_add_pd(_mm256_sub_pd(old, _mm256_sub_pd(sum, added)), _mm256_sub_pd(value, added));
  _mm256_storeu_pd(high, sum);
  _mm256_storeu_pd(low, _mm256_add_pd(_mm256_loadu_pd(low), lost));
}

}  // namespace

CenterSums::CenterSums(int64_t clusters, int64_t columns)
    : columns_(columns),
      counts_(static_cast<size_t>(clusters), 0),
      high_(CenterMatrix::Zero(clusters, columns)),
      low_(CenterMatrix::Zero(clusters, columns)) {}

void CenterSums::Apply(const FeatureRef& rows, absl::Span<const Move> moves) {
  // The changes of each cluster, in the order of the moves.
  std::vector<size_t> begin(counts_.size() + 1, 0);
  for (const Move& move : moves) {
    if (move.from >= 0) ++begin[static_cast<size_t>(move.from) + 1];
    if (move.to >= 0) ++begin[static_cast<size_t>(move.to) + 1];
  }
  for (size_t c = 1; c < begin.size(); ++c) begin[c] += begin[c - 1];
  std::vector<Change> changes(begin.back());
  std::vector<size_t> next(begin.begin(), begin.end() - 1);
  for (const Move& move : moves) {
    if (move.from >= 0) {
      changes[next[static_cast<size_t>(move.from)]++] = {move.row, -1};
      --counts_[static_cast<size_t>(move.from)];
    }
    if (move.to >= 0) {
      changes[next[static_cast<size_t>(move.to)]++] = {move.row, 1};
      ++counts_[static_cast<size_t>(move.to)];
    }
  }
  const int64_t pieces = (columns_ + kColumnsAtATime - 1) / kColumnsAtATime;
  tbb::parallel_for(int64_t{0}, static_cast<int64_t>(counts_.size()) * pieces, [&](int64_t task) {
    const size_t cluster = static_cast<size_t>(task / pieces);
    const absl::Span<const Change> of_cluster(changes.data() + begin[cluster], begin[cluster + 1] - begin[cluster]);
    if (!of_cluster.empty()) ApplyTo(task / pieces, task % pieces * kColumnsAtATime, rows, of_cluster);
  });
}

void CenterSums::ApplyTo(int64_t cluster, int64_t first_column, const FeatureRef& rows,
                         absl::Span<const Change> changes) {
  const int64_t end = std::min(columns_, first_column + kColumnsAtATime);
  double* const high = high_.data() + cluster * columns_;
  double* const low = low_.data() + cluster * columns_;
  for (const Change& change : changes) {
    const float* const row = rows.data() + change.row * rows.outerStride();
    const __m256d sign = _mm256_set1_pd(change.sign);
    int64_t c = first_column;
    for (; c + 4 <= end; c += 4) {
      AddExactly(_mm256_mul_pd(_mm256_cvtps_pd(_mm_loadu_ps(row + c)), sign), high + c, low + c);
    }
    for (; c < end; ++c) AddExactly(static_cast<double>(row[c]) * change.sign, high[c], low[c]);
  }
}

void CenterSums::MoveToMeans(CenterMatrix& centers, std::vector<double>& squared_moves) const {
  squared_moves.resize(counts_.size());
  tbb::parallel_for(int64_t{0}, static_cast<int64_t>(counts_.size()), [&](int64_t cluster) {
    double moved = 0;
    for (int64_t c = 0; count(cluster) > 0 && c < columns_; ++c) {
      const double mean = (high_(cluster, c) + low_(cluster, c)) / static_cast<double>(count(cluster));
      moved += (mean - centers(cluster, c)) * (mean - centers(cluster, c));
      centers(cluster, c) = mean;
    }
    squared_moves[static_cast<size_t>(cluster)] = moved;
  });
}

}  // namespace parzen
