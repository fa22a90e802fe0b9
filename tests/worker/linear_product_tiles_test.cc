// The bits of a product depend on its two rows alone.
#include "base/random_stream.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/linear/product_tiles.h"

namespace parzen {
namespace {

FeatureMatrix Normal(int64_t rows, int64_t columns, uint64_t seed) {
  RandomStream stream(seed, 0, "rows");
  FeatureMatrix matrix(rows, columns);
  for (float& value : matrix.reshaped()) value = static_cast<float>(stream.Normal());
  return matrix;
}

FeatureMatrix AllProducts(const FeatureRef& a, const FeatureRef& b) {
  FeatureMatrix all = FeatureMatrix::Constant(a.rows(), b.rows(), -1);
  ForEachProductTile(a, b, [&](int64_t first_a, int64_t first_b, const FeatureRef& products) {
    all.block(first_a, first_b, products.rows(), products.cols()) = products;
  });
  return all;
}

TEST(ProductTilesTest, EveryProductIsThereOnce) {
  for (const auto& [rows_a, rows_b, columns] : {std::tuple(1, 1, 1), std::tuple(192, 384, 7), std::tuple(500, 900, 70),
                                                std::tuple(0, 5, 3), std::tuple(5, 0, 3)}) {
    const FeatureMatrix a = Normal(rows_a, columns, 1), b = Normal(rows_b, columns, 2);
    const FeatureMatrix right = (a.cast<double>() * b.cast<double>().transpose()).cast<float>();
    const FeatureMatrix all = AllProducts(a, b);
    ASSERT_EQ(all.rows(), rows_a);
    ASSERT_EQ(all.cols(), rows_b);
    EXPECT_TRUE(all.isApprox(right, 1e-5F) || all.size() == 0);
  }
}

TEST(ProductTilesTest, ARowHasTheSameProductsWhereverItLies) {
  const FeatureMatrix a = Normal(700, 1000, 1), b = Normal(1000, 1000, 2);
  const FeatureMatrix all = AllProducts(a, b);
  for (const int row : {0, 100, 191, 192, 575, 576, 699}) {
    EXPECT_EQ(AllProducts(a.row(row), b), all.row(row)) << row;
    EXPECT_EQ(AllProducts(a.middleRows(row / 2, 333).eval(), b), all.middleRows(row / 2, 333)) << row;
    EXPECT_EQ(AllProducts(a, b.row(row)), all.col(row)) << row;
  }
}

TEST(ProductTilesTest, RowsMayLieApart) {
  const FeatureMatrix wide = Normal(300, 20, 1), b = Normal(500, 13, 2);
  EXPECT_EQ(AllProducts(wide.leftCols(13), b), AllProducts(FeatureMatrix(wide.leftCols(13)), b));
}

TEST(ProductTilesTest, TilesOfAStripComeInOrderForAnyNumberOfThreads) {
  const tbb::global_control four(tbb::global_control::max_allowed_parallelism, 4);
  const FeatureMatrix a = Normal(1000, 5, 1), b = Normal(2000, 5, 2);
  std::vector<int64_t> next(1000, 0);
  tbb::task_arena(4).execute([&] {
    ForEachProductTile(a, b, [&](int64_t first_a, int64_t first_b, const FeatureRef& products) {
      EXPECT_EQ(next[static_cast<size_t>(first_a)], first_b);
      next[static_cast<size_t>(first_a)] += products.cols();
    });
  });
  for (int64_t first = 0; first < 1000; first += kTileRowsOfA) EXPECT_EQ(next[static_cast<size_t>(first)], 2000);
}

}  // namespace
}  // namespace parzen
