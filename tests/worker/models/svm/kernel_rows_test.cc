// Kernel values: what they are, and that keeping them changes none.
#include "worker/models/svm/kernel_rows.h"

#include <cmath>

#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

// 40 rows of class 0, then 60 of class 1.
KernelRows Rows(const FeatureMatrix& features, const Kernel& kernel, int64_t cache_bytes = 1 << 20) {
  std::vector<std::vector<int64_t>> rows_of_class(2);
  for (int64_t row = 0; row < features.rows(); ++row) rows_of_class[row < 40 ? 0 : 1].push_back(row);
  return KernelRows(features, rows_of_class, std::vector<float>(static_cast<size_t>(features.cols()), 0), kernel,
                    cache_bytes);
}

TEST(KernelRowsTest, ValuesAreThoseOfTheFormulas) {
  const FeatureMatrix features = Clouds(100, 9, 3).features;
  const Eigen::VectorXd u = features.row(3).cast<double>(), v = features.row(40 + 7).cast<double>();
  const auto value = [&](const Kernel& kernel) {
    KernelRows rows = Rows(features, kernel);
    return static_cast<double>((*rows.Get({{{0, 3}}}, 1)[0])[7]);
  };
  EXPECT_NEAR(value({Svm::RBF, .1f, 0, 0}), std::exp(-.1 * (u - v).squaredNorm()), 1e-6);
  EXPECT_NEAR(value({Svm::LINEAR, .1f, 0, 0}), u.dot(v), 1e-5);
  EXPECT_NEAR(value({Svm::POLY, .1f, 2, 3}), std::pow(.1 * u.dot(v) + 2, 3), 1e-4);
  EXPECT_NEAR(value({Svm::POLY, .1f, 2, 0}), 1, 0);
  EXPECT_NEAR(value({Svm::SIGMOID, .1f, -1, 0}), std::tanh(.1 * u.dot(v) - 1), 1e-6);
}

TEST(KernelRowsTest, EqualRowsHaveTheKernelOneWhereverTheyAre) {
  FeatureMatrix features = 1000 * Clouds(100, 9, 3).features;
  features.row(99) = features.row(0);
  KernelRows rows = Rows(features, {Svm::RBF, 5, 0, 0});
  EXPECT_EQ((*rows.Get({{{0, 0}}}, 1)[0])[59], 1);
  EXPECT_EQ(rows.diagonal(0)[0], 1);
}

TEST(KernelRowsTest, WhatIsKeptChangesNoValue) {
  const FeatureMatrix features = Clouds(100, 30, 3).features;
  const Kernel kernel{Svm::RBF, .05f, 0, 0};
  KernelRows keeps = Rows(features, kernel), keeps_one = Rows(features, kernel, 300),
             keeps_none = Rows(features, kernel, 1);
  const std::vector<RowOfClass> wanted = {{1, 5}, {0, 39}, {1, 59}, {0, 2}};
  const std::vector<KernelRow> first = keeps.Get(wanted, 1);
  for (KernelRows* rows : {&keeps, &keeps_one, &keeps_none}) {
    for (int time = 0; time < 2; ++time) {
      const std::vector<KernelRow> again = rows->Get(wanted, 1);
      for (size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE((again[i]->head(60) == first[i]->head(60)).all());
      EXPECT_EQ((*rows->Get({wanted[3], wanted[0]}, 1)[1])[10], (*first[0])[10]);
    }
  }
  EXPECT_EQ(keeps.Get(wanted, 1)[2], first[2]);       // the same memory
  EXPECT_NE(keeps_none.Get(wanted, 1)[2], first[2]);  // made again
}

TEST(KernelRowsTest, PairThatIsForgottenLeavesTheOthers) {
  const FeatureMatrix features = Clouds(100, 30, 3).features;
  KernelRows rows = Rows(features, {Svm::RBF, .05f, 0, 0});
  const KernelRow between = rows.Get({{{0, 1}}}, 1)[0], within = rows.Get({{{0, 1}}}, 0)[0];
  rows.ForgetPair(0, 1);
  EXPECT_NE(rows.Get({{{0, 1}}}, 1)[0], between);
  EXPECT_EQ(rows.Get({{{0, 1}}}, 0)[0], within);
}

}  // namespace
}  // namespace parzen
