// Products of rows with few others, against plain loops.
#include "base/random_stream.h"
#include "gtest/gtest.h"
#include "worker/dataset.h"
#include "worker/linear/narrow_products.h"

namespace parzen {
namespace {

template <typename Number>
using Rows = Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <typename Number>
Rows<Number> Normal(int64_t rows, int64_t columns, uint64_t seed) {
  RandomStream stream(seed, 0, "rows");
  Rows<Number> matrix(rows, columns);
  for (Number& value : matrix.reshaped()) value = static_cast<Number>(stream.Normal());
  return matrix;
}

template <typename Number>
class NarrowProductsTest : public testing::Test {};
using Numbers = testing::Types<float, double>;
TYPED_TEST_SUITE(NarrowProductsTest, Numbers);

TYPED_TEST(NarrowProductsTest, EveryProductIsThere) {
  for (const int64_t columns : {1, 7, 8, 9, 31, 100}) {
    for (const int64_t few_rows : {1, 2, 3, 4, 5, 6, 10, 13}) {
      const Rows<TypeParam> many = Normal<TypeParam>(11, columns, 1), few = Normal<TypeParam>(few_rows, columns, 2);
      Rows<TypeParam> products(few_rows, 11);
      MultiplyNarrow<TypeParam>({many.data(), 11, columns}, {few.data(), few_rows, columns}, columns, products.data(),
                                1, 11);
      EXPECT_LT((products - few * many.transpose()).cwiseAbs().maxCoeff(), 1e-4) << columns << " x " << few_rows;
    }
  }
}

TYPED_TEST(NarrowProductsTest, ARowHasTheSameProductsWhereverItLies) {
  const Rows<TypeParam> many = Normal<TypeParam>(9, 45, 1), few = Normal<TypeParam>(7, 45, 2);
  Rows<TypeParam> all(9, 7), alone(1, 7);
  MultiplyNarrow<TypeParam>({many.data(), 9, 45}, {few.data(), 7, 45}, 45, all.data(), 7, 1);
  for (int64_t row = 0; row < 9; ++row) {
    MultiplyNarrow<TypeParam>({many.data() + row * 45, 1, 45}, {few.data(), 7, 45}, 45, alone.data(), 7, 1);
    EXPECT_EQ(alone.row(0), all.row(row)) << row;
  }
}

TYPED_TEST(NarrowProductsTest, WeightedRowsAreAdded) {
  for (const int64_t columns : {1, 7, 16, 25, 100}) {
    for (const int64_t classes : {1, 2, 3, 4, 5, 11}) {
      const Rows<TypeParam> share = Normal<TypeParam>(classes, 20, 1), many = Normal<TypeParam>(13, columns, 2);
      const Rows<TypeParam> before = Normal<TypeParam>(classes, columns, 3);
      Rows<TypeParam> sums = before;
      AddWeightedRows<TypeParam>({share.data(), classes, 20}, {many.data(), 13, columns}, columns,
                                 {sums.data(), classes, columns});
      EXPECT_LT((sums - before - share.leftCols(13) * many).cwiseAbs().maxCoeff(), 1e-4) << columns << " x " << classes;
    }
  }
}

TYPED_TEST(NarrowProductsTest, NoRowsAreNoProducts) {
  const Rows<TypeParam> rows = Normal<TypeParam>(2, 5, 1);
  TypeParam untouched = 7;
  MultiplyNarrow<TypeParam>({rows.data(), 0, 5}, {rows.data(), 1, 5}, 5, &untouched, 1, 1);
  MultiplyNarrow<TypeParam>({rows.data(), 1, 5}, {rows.data(), 0, 5}, 5, &untouched, 1, 1);
  EXPECT_EQ(untouched, 7);
}

}  // namespace
}  // namespace parzen
