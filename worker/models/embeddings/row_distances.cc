#include "worker/models/embeddings/row_distances.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>

#include "tbb/parallel_for.h"
#include "worker/models/stop_check.h"

namespace parzen {
namespace {

// Rows that another row is compared with while it is in the first-level cache; a multiple of kRowsAtATime, whose sums
// stay in registers.
constexpr int64_t kRowsPerBlock = 32;
constexpr int kRowsAtATime = 4;
// Other rows between two questions whether to stop.
constexpr int64_t kOthersPerQuestion = 256;

using FourRows = const float* const (&)[kRowsAtATime];

float SumOfLanes(__m256 lanes) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// Squared distances of four rows to another one.
void SquaredDistances(FourRows rows, const float* other, int64_t columns, float (&squares)[kRowsAtATime]) {
  __m256 sums[kRowsAtATime] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
  int64_t c = 0;
  for (; c + 8 <= columns; c += 8) {
    const __m256 there = _mm256_loadu_ps(other + c);
#pragma GCC unroll 4
    for (int i = 0; i < kRowsAtATime; ++i) {
      const __m256 difference = _mm256_sub_ps(_mm256_loadu_ps(rows[i] + c), there);
      sums[i] = _mm256_fmadd_ps(difference, difference, sums[i]);
    }
  }
  for (int i = 0; i < kRowsAtATime; ++i) {
    squares[i] = SumOfLanes(sums[i]);
    for (int64_t left = c; left < columns; ++left) {
      squares[i] += (rows[i][left] - other[left]) * (rows[i][left] - other[left]);
    }
  }
}

// The distances of rows [first, first + kRowsPerBlock) to all rows up to the last of them, both ways round.
void FillBlock(const FeatureRef& rows, int64_t first, StopCheck& stop, FeatureMatrix& distances) {
  const int64_t end = std::min(first + kRowsPerBlock, rows.rows());
  const auto row = [&](int64_t i) { return rows.data() + std::min(i, end - 1) * rows.outerStride(); };
  for (int64_t other = 0; other < end; ++other) {
    if (other % kOthersPerQuestion == 0 && stop.Stopped()) return;
    for (int64_t i = first; i < end; i += kRowsAtATime) {
      const float* const four[] = {row(i), row(i + 1), row(i + 2), row(i + 3)};
      float squares[kRowsAtATime];
      SquaredDistances(four, row(other), rows.cols(), squares);
      for (int64_t k = 0; k < std::min<int64_t>(kRowsAtATime, end - i); ++k) {
        distances(i + k, other) = distances(other, i + k) = std::sqrt(squares[k]);
      }
    }
  }
}

}  // namespace

absl::StatusOr<FeatureMatrix> RowDistances(const FeatureRef& rows, const std::function<bool()>& stop) {
  FeatureMatrix distances(rows.rows(), rows.rows());
  StopCheck stopped(stop);
  const int64_t blocks = (rows.rows() + kRowsPerBlock - 1) / kRowsPerBlock;
  // The last blocks have the most to do.
  tbb::parallel_for(int64_t{0}, blocks,
                    [&](int64_t block) { FillBlock(rows, (blocks - 1 - block) * kRowsPerBlock, stopped, distances); });
  if (stopped.Stopped()) return absl::CancelledError("training was asked to stop");
  return distances;
}

}  // namespace parzen
