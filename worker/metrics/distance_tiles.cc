#include "worker/metrics/distance_tiles.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/linear/fixed_caches.h"

namespace parzen {
namespace {

constexpr int64_t kDistanceColumns = 256;
// Of both squares together: where less is left, a distance has lost several digits.
constexpr double kLeastShare = 1e-4;

// The distances of row `row` from `count` others, whose products are there.
void FromProducts(const DoubleRows& rows, const Eigen::VectorXd& squares, int64_t row, int64_t other, int64_t count,
                  double* products) {
  const __m256d square = _mm256_set1_pd(squares(row));
  __m256d vague = _mm256_setzero_pd();
  int64_t j = 0;
  for (; j + 4 <= count; j += 4) {
    const __m256d both = _mm256_add_pd(square, _mm256_loadu_pd(squares.data() + other + j));
    const __m256d product = _mm256_loadu_pd(products + j);
    const __m256d left = _mm256_sub_pd(both, _mm256_add_pd(product, product));
    const __m256d least = _mm256_mul_pd(both, _mm256_set1_pd(kLeastShare));
    vague = _mm256_or_pd(vague, _mm256_cmp_pd(left, least, _CMP_LT_OQ));
    _mm256_storeu_pd(products + j, _mm256_sqrt_pd(_mm256_max_pd(left, _mm256_setzero_pd())));
  }
  bool any_vague = _mm256_movemask_pd(vague) != 0;
  for (; j < count; ++j) {
    const double both = squares(row) + squares(other + j);
    const double left = both - 2 * products[j];
    any_vague |= left < both * kLeastShare;
    products[j] = std::sqrt(std::max(left, 0.));
  }
  for (j = 0; any_vague && j < count; ++j) {
    if (products[j] * products[j] >= 2 * kLeastShare * (squares(row) + squares(other + j))) continue;
    products[j] = (rows.row(row) - rows.row(other + j)).norm();
  }
}

}  // namespace

void ForEachDistanceTile(const DoubleRows& rows, const std::function<bool()>& stop, const UseDistances& use) {
  const Eigen::VectorXd squares = rows.rowwise().squaredNorm();
  tbb::enumerable_thread_specific<DoubleRows> tiles([] { return DoubleRows(kDistanceRows, kDistanceColumns); });
  tbb::parallel_for(int64_t{0}, (rows.rows() + kDistanceRows - 1) / kDistanceRows, [&](int64_t strip) {
    DoubleRows& tile = tiles.local();
    const int64_t first = strip * kDistanceRows, height = std::min(kDistanceRows, rows.rows() - first);
    for (int64_t other = 0; other < rows.rows() && !stop(); other += kDistanceColumns) {
      const int64_t width = std::min(kDistanceColumns, rows.rows() - other);
      auto products = tile.topLeftCorner(height, width);
      products.noalias() = rows.middleRows(first, height) * rows.middleRows(other, width).transpose();
      for (int64_t i = 0; i < height; ++i) {
        FromProducts(rows, squares, first + i, other, width, tile.data() + i * kDistanceColumns);
      }
      use(first, other, products);
    }
  });
}

}  // namespace parzen
