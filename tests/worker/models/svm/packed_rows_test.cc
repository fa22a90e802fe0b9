// Products of rows, and the promise that their bits depend on the two rows alone.
#include "worker/models/svm/packed_rows.h"

#include <numeric>
#include <vector>

#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

std::vector<int64_t> FirstRows(int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

std::vector<float> Zeros(const FeatureMatrix& rows) { return std::vector<float>(static_cast<size_t>(rows.cols()), 0); }

// All products of the rows `left` and `right` of `rows`.
FeatureMatrix Products(const FeatureMatrix& rows, const std::vector<int64_t>& left, const std::vector<int64_t>& right) {
  const PackedRows strips(kStripRows, rows, left, Zeros(rows)), panels(kPanelRows, rows, right, Zeros(rows));
  FeatureMatrix products = FeatureMatrix::Constant(strips.rows(), panels.padded_rows(), -1);
  std::vector<float*> out;
  for (int64_t i = 0; i < products.rows(); ++i) out.push_back(&products(i, 0));
  MultiplyRows(strips, panels, 0, panels.groups(), out);
  return products.leftCols(panels.rows());
}

TEST(PackedRowsTest, ProductsAreThoseOfTheMatrices) {
  for (const int columns : {1, 7, 255, 256, 257, 600}) {
    const FeatureMatrix rows = Clouds(50, columns, 3).features;
    const Eigen::MatrixXd exact = rows.topRows(13).cast<double>() * rows.cast<double>().transpose();
    const Eigen::MatrixXd ours = Products(rows, FirstRows(13), FirstRows(50)).cast<double>();
    EXPECT_LT((ours - exact).cwiseAbs().maxCoeff(), 1e-5 * columns) << columns;
  }
}

TEST(PackedRowsTest, ProductHasTheSameBitsWhereverItsRowsLie) {
  const FeatureMatrix rows = Clouds(60, 300, 3).features;
  const FeatureMatrix all = Products(rows, FirstRows(60), FirstRows(60));
  EXPECT_EQ(all, FeatureMatrix(all.transpose()));
  EXPECT_EQ(Products(rows, {17}, {42})(0, 0), all(17, 42));
  EXPECT_EQ(Products(rows, {5, 4, 3, 2, 1, 0, 17}, {9, 42})(6, 1), all(17, 42));
}

TEST(PackedRowsTest, NormIsTheProductOfARowWithItselfToTheLastBit) {
  const FeatureMatrix rows = Clouds(20, 300, 3).features;
  const FeatureMatrix all = Products(rows, FirstRows(20), FirstRows(20));
  const PackedRows packed(kPanelRows, rows, FirstRows(20), Zeros(rows));
  for (int64_t i = 0; i < 20; ++i) EXPECT_EQ(packed.norms()[i], all(i, i));
}

TEST(PackedRowsTest, OnlyTheWantedPanelsAreMultiplied) {
  const FeatureMatrix rows = Clouds(48, 5, 3).features;
  const PackedRows strips(kStripRows, rows, {{0}}, Zeros(rows)), panels(kPanelRows, rows, FirstRows(48), Zeros(rows));
  std::vector<float> products(2 * kPanelRows, -1);
  MultiplyRows(strips, panels, 1, 2, {products.data()});
  EXPECT_EQ(products[0], Products(rows, {0}, {16})(0, 0));
  EXPECT_EQ(products[kPanelRows], -1);
}

TEST(PackedRowsTest, CentreIsTakenOffAndTheRowsComeBack) {
  const FeatureMatrix rows = (FeatureMatrix(2, 3) << 1, 2, 3, 4, 5, 6).finished();
  const PackedRows packed(kPanelRows, rows, {{1, 0}}, {1, 1, 2});
  EXPECT_EQ(packed.Unpacked(), (FeatureMatrix(2, 3) << 3, 4, 4, 0, 1, 1).finished());
  EXPECT_EQ(packed.padded_rows(), kPanelRows);
}

}  // namespace
}  // namespace parzen
