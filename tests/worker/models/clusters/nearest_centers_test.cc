// Which centre is nearest is decided as if all distances were computed in 64-bit floats.
#include "worker/models/clusters/nearest_centers.h"

#include <cmath>
#include <numeric>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "worker/models/clusters/center_sums.h"

namespace parzen {
namespace {

template <typename Matrix>
Matrix Normal(int64_t rows, int64_t columns, uint64_t seed) {
  RandomStream stream(seed, 0, "normal");
  Matrix matrix(rows, columns);
  for (auto& value : matrix.template reshaped<Eigen::RowMajor>()) {
    value = static_cast<typename Matrix::Scalar>(stream.Normal());
  }
  return matrix;
}

std::vector<int32_t> Plain(const FeatureMatrix& rows, const CenterMatrix& centers) {
  std::vector<int32_t> labels;
  for (int64_t row = 0; row < rows.rows(); ++row) {
    int32_t nearest = 0;
    double least = INFINITY;
    for (int64_t c = 0; c < centers.rows(); ++c) {
      const double distance = SquaredDistance(rows.row(row).data(), centers.row(c).data(), centers.cols());
      if (distance >= least) continue;
      least = distance;
      nearest = static_cast<int32_t>(c);
    }
    labels.push_back(nearest);
  }
  return labels;
}

TEST(NearestCentersTest, AreThoseOfAllDistances) {
  for (const int64_t columns : {1, 7, 16, 50, 400}) {
    for (const int64_t count : {1, 2, 8, 9, 16, 25, 300}) {
      const FeatureMatrix rows = Normal<FeatureMatrix>(500, columns, 1);
      const CenterMatrix centers = Normal<CenterMatrix>(count, columns, 2);
      EXPECT_EQ(AssignToNearest(rows, centers), Plain(rows, centers)) << columns << " " << count;
    }
  }
}

TEST(NearestCentersTest, CentersThatAreAlmostEquallyFarAreToldApart) {
  const FeatureMatrix rows = Normal<FeatureMatrix>(400, 30, 1);
  CenterMatrix centers(20, 30);
  centers.rowwise() = Normal<CenterMatrix>(1, 30, 2).row(0);
  centers += 1e-9 * Normal<CenterMatrix>(20, 30, 3);
  EXPECT_EQ(AssignToNearest(rows, centers), Plain(rows, centers));
  centers.bottomRows(10) = centers.topRows(10);
  EXPECT_EQ(AssignToNearest(rows, centers), Plain(rows, centers)) << "of equals the first";
}

TEST(NearestCentersTest, ScalesAndPlacesDoNotMatter) {
  for (const float scale : {1e-42F, 1e-25F, 1e-10F, 1e10F, 1e25F, 1e37F}) {
    const FeatureMatrix rows = Normal<FeatureMatrix>(200, 12, 1) * scale;
    const CenterMatrix centers = Normal<CenterMatrix>(17, 12, 2) * static_cast<double>(scale);
    EXPECT_EQ(AssignToNearest(rows, centers), Plain(rows, centers)) << scale;
  }
  const FeatureMatrix rows = (Normal<FeatureMatrix>(200, 12, 1).array() + 1e5F).matrix();
  const CenterMatrix centers = (Normal<CenterMatrix>(17, 12, 2).array() + 1e5).matrix();
  EXPECT_EQ(AssignToNearest(rows, centers), Plain(rows, centers));
}

TEST(NearestCentersTest, SomeCentersMayBeVeryFarAway) {
  FeatureMatrix rows = Normal<FeatureMatrix>(200, 12, 1);
  rows.row(3).setConstant(3e38F);
  rows.row(4).setConstant(-3e38F);
  for (const double far : {1e4, 1e9, 1e20, 1e38}) {
    CenterMatrix centers = Normal<CenterMatrix>(17, 12, 2);
    centers.row(5).setConstant(far);
    centers.row(11).setConstant(-far);
    EXPECT_EQ(AssignToNearest(rows, centers), Plain(rows, centers)) << far;
  }
}

TEST(NearestCentersTest, BoundsHold) {
  const FeatureMatrix rows = Normal<FeatureMatrix>(240, 33, 1);
  const CenterMatrix centers = Normal<CenterMatrix>(21, 33, 2);
  std::vector<int32_t> which(static_cast<size_t>(CenterScores::RowsAtATime(33)));
  std::iota(which.begin(), which.end(), 0);
  CenterScores::Block block;
  std::vector<NearestCenter> found(which.size());
  NearestCenters(centers).Find(rows, which, block, found.data());
  for (size_t i = 0; i < which.size(); ++i) {
    for (int32_t c = 0; c < 21; ++c) {
      const double distance =
          std::sqrt(SquaredDistance(rows.row(static_cast<int64_t>(i)).data(), centers.row(c).data(), 33));
      if (c == found[i].center) {
        EXPECT_GE(found[i].upper, distance);
        EXPECT_LE(found[i].upper, 1.001 * distance);
      } else {
        EXPECT_LE(found[i].lower, distance);
      }
    }
  }
}

TEST(CenterSumsTest, WhatLeftIsNotThereAnyMore) {
  FeatureMatrix rows = Normal<FeatureMatrix>(30, 9, 1);
  rows.row(7).setConstant(1e30F);
  CenterSums sums(2, 9);
  std::vector<CenterSums::Move> moves;
  for (int32_t row = 0; row < 30; ++row) moves.push_back({row, -1, row % 2});
  sums.Apply(rows, moves);
  sums.Apply(rows, std::vector<CenterSums::Move>{{7, 1, 0}, {8, 0, 1}});
  sums.Apply(rows, std::vector<CenterSums::Move>{{7, 0, -1}});
  EXPECT_EQ(sums.count(0), 14);
  EXPECT_EQ(sums.count(1), 15);
  CenterMatrix centers = CenterMatrix::Zero(2, 9);
  std::vector<double> moved;
  sums.MoveToMeans(centers, moved);
  Eigen::RowVectorXd expected = Eigen::RowVectorXd::Zero(9);
  for (int64_t row = 0; row < 30; row += 2) {
    if (row != 8) expected += rows.row(row).cast<double>();
  }
  EXPECT_LT((centers.row(0) - expected / 14).cwiseAbs().maxCoeff(), 1e-14);
  EXPECT_NEAR(moved[0], centers.row(0).squaredNorm(), 1e-14);
}

}  // namespace
}  // namespace parzen
