#include "worker/linear/product_tiles.h"

#include <algorithm>
#include <vector>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/linear/fixed_caches.h"

namespace parzen {
namespace {

using Tile = Eigen::Map<const FeatureMatrix, 0, Eigen::OuterStride<>>;

// The rows from `first` on as a whole tile: as they lie, or, at the end of the matrix, in `padded`, followed by zeros.
Tile WholeTile(const FeatureRef& rows, int64_t first, int64_t tile_rows, FeatureMatrix& padded) {
  const int64_t count = std::min(tile_rows, rows.rows() - first);
  if (count == tile_rows) {
    return Tile(rows.data() + first * rows.outerStride(), tile_rows, rows.cols(),
                Eigen::OuterStride<>(rows.outerStride()));
  }
  padded.setZero(tile_rows, rows.cols());
  padded.topRows(count) = rows.middleRows(first, count);
  return Tile(padded.data(), tile_rows, rows.cols(), Eigen::OuterStride<>(rows.cols()));
}

struct Scratch {
  FeatureMatrix a;
  FeatureMatrix products = FeatureMatrix(kTileRowsOfA, kTileRowsOfB);
};

}  // namespace

void ForEachProductTile(const FeatureRef& a, const FeatureRef& b, const UseProducts& use,
                        const std::function<bool()>& stop) {
  const int64_t strips = (a.rows() + kTileRowsOfA - 1) / kTileRowsOfA;
  const int64_t last_b = b.rows() == 0 ? 0 : (b.rows() - 1) / kTileRowsOfB * kTileRowsOfB;
  FeatureMatrix end_of_b;
  if (b.rows() > 0) WholeTile(b, last_b, kTileRowsOfB, end_of_b);
  tbb::enumerable_thread_specific<Scratch> scratches;
  tbb::parallel_for(int64_t{0}, strips, [&](int64_t strip) {
    Scratch& scratch = scratches.local();
    const int64_t first_a = strip * kTileRowsOfA;
    const Tile rows_of_a = WholeTile(a, first_a, kTileRowsOfA, scratch.a);
    const int64_t count_a = std::min(kTileRowsOfA, a.rows() - first_a);
    for (int64_t first_b = 0; first_b < b.rows() && !stop(); first_b += kTileRowsOfB) {
      const int64_t count_b = std::min(kTileRowsOfB, b.rows() - first_b);
      const Tile rows_of_b = count_b == kTileRowsOfB
                                 ? Tile(b.data() + first_b * b.outerStride(), kTileRowsOfB, b.cols(),
                                        Eigen::OuterStride<>(b.outerStride()))
                                 : Tile(end_of_b.data(), kTileRowsOfB, b.cols(), Eigen::OuterStride<>(b.cols()));
      scratch.products.noalias() = rows_of_a * rows_of_b.transpose();
      use(first_a, first_b, scratch.products.topLeftCorner(count_a, count_b));
    }
  });
}

}  // namespace parzen
