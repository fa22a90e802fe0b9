// The first principal components by subspace iteration are those that all of them begin with.
#include "worker/transforms/leading_directions.h"

#include "gmock/gmock.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/transforms/transformed.h"
#include "worker/linear/symmetric_eigen.h"
#include "worker/transforms/columns.h"
#include "worker/transforms/covariance.h"

namespace parzen {
namespace {

// Normal rows whose deviations fall from column to column, mixed, away from the origin.
FeatureMatrix FallingRows(int64_t rows, int64_t columns, double fall) {
  FeatureMatrix falling = NormalRows(rows, columns);
  for (int64_t c = 0; c < columns; ++c) falling.col(c) *= static_cast<float>(std::pow(fall, c) / (1. + c));
  const FeatureMatrix mix = NormalRows(columns, columns, 2);
  return ((falling * mix).array() + 10).matrix();
}

void ExpectFirstOfAll(const FeatureMatrix& rows, int64_t count, double scale) {
  const Eigen::RowVectorXd means = MeansOfColumns(rows);
  const absl::StatusOr<LeadingDirections> leading = FindLeadingDirections(rows, means, scale, count);
  ASSERT_TRUE(leading.ok()) << leading.status();
  const SymmetricEigen all = *SolveSymmetric(SumOfSquares(rows, means, scale));
  ASSERT_EQ(leading->vectors.cols(), count);
  for (int64_t i = 0; i < count; ++i) {
    EXPECT_NEAR(leading->squares(i), all.values(i), 1e-5 * all.values(i)) << i;
    const double sign = leading->vectors.col(i).dot(all.vectors.col(i)) < 0 ? -1 : 1;
    EXPECT_LT((sign * leading->vectors.col(i) - all.vectors.col(i)).cwiseAbs().maxCoeff(), 1e-4) << i;
  }
}

TEST(LeadingDirectionsTest, AreTheFirstOfAll) {
  ExpectFirstOfAll(FallingRows(300, 200, .9), 12, 1);
  ExpectFirstOfAll(FallingRows(2000, 60, .8), 5, .01);  // several blocks and parts
  ExpectFirstOfAll(FallingRows(60, 150, .8), 6, 1);
}

TEST(LeadingDirectionsTest, AllThatThereAreCanBeWanted) { ExpectFirstOfAll(FallingRows(40, 7, .7), 7, 1); }

TEST(LeadingDirectionsTest, AreOrthogonalWhereNothingFalls) {
  const FeatureMatrix rows = NormalRows(500, 1).replicate(1, 80) + NormalRows(500, 80, 3).cwiseSign();
  const LeadingDirections leading = *FindLeadingDirections(rows, MeansOfColumns(rows), 1, 20);
  EXPECT_LT((leading.vectors.transpose() * leading.vectors - Eigen::MatrixXd::Identity(20, 20)).norm(), 1e-10);
  for (int i = 1; i < 20; ++i) EXPECT_LE(leading.squares(i), leading.squares(i - 1));
}

TEST(LeadingDirectionsTest, DirectionsWithoutAnyVarianceAreFinite) {
  const FeatureMatrix same = FeatureMatrix::Constant(100, 30, 3), line = NormalRows(100, 1).replicate(1, 30);
  for (const FeatureMatrix& rows : {same, line}) {
    const auto leading = FindLeadingDirections(rows, MeansOfColumns(rows), 1, 4);
    ASSERT_TRUE(leading.ok()) << leading.status();
    EXPECT_TRUE(leading->vectors.allFinite());
    EXPECT_LT(leading->squares.tail(3).cwiseAbs().maxCoeff(), 1e-5 * line.cwiseAbs2().sum());
  }
}

TEST(LeadingDirectionsTest, AreTheSameBitsForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  const FeatureMatrix rows = FallingRows(5000, 120, .9);
  const Eigen::RowVectorXd means = MeansOfColumns(rows);
  LeadingDirections by_one;
  tbb::task_arena(1).execute([&] { by_one = *FindLeadingDirections(rows, means, 1, 9); });
  for (const int threads : {2, 5, 8}) {
    tbb::task_arena(threads).execute([&] {
      const LeadingDirections leading = *FindLeadingDirections(rows, means, 1, 9);
      EXPECT_EQ(leading.vectors, by_one.vectors) << threads;
      EXPECT_EQ(leading.squares, by_one.squares) << threads;
    });
  }
}

}  // namespace
}  // namespace parzen
