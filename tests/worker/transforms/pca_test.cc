#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/transforms/transformed.h"

namespace parzen {
namespace {

using testing::HasSubstr;

// Covariances of columns, with n - 1.
Eigen::MatrixXd Covariance(const FeatureMatrix& rows) {
  const Eigen::MatrixXd centred = rows.cast<double>().rowwise() - rows.cast<double>().colwise().mean();
  return centred.transpose() * centred / static_cast<double>(rows.rows() - 1);
}

// The components, one a row, with which the transform multiplies.
FeatureMatrix Components(absl::string_view text, const FeatureMatrix& train) {
  const FeatureMatrix mean = train.colwise().mean();
  FeatureMatrix units = FeatureMatrix::Identity(train.cols(), train.cols());
  units.rowwise() += mean.row(0);
  return Transformed(text, train, units).transpose();
}

TEST(PcaTest, ComponentsAreUncorrelatedAndFallInVariance) {
  const Eigen::MatrixXd covariance = Covariance(Transformed("pca {}", NormalRows(500, 12), NormalRows(500, 12)));
  for (int i = 0; i < 12; ++i) {
    for (int j = 0; j < i; ++j) EXPECT_NEAR(covariance(i, j), 0, 1e-4);
    EXPECT_LT(covariance(i, i), i == 0 ? 1e9 : covariance(i - 1, i - 1));
  }
}

TEST(PcaTest, FewerComponentsAreTheFirstOfMore) {
  // More rows than columns, and fewer.
  for (const FeatureMatrix& train : {NormalRows(200, 15), NormalRows(15, 40)}) {
    const FeatureMatrix all = Transformed("pca {}", train, train);
    EXPECT_EQ(all.cols(), 15);
    for (const int count : {1, 4, 15}) {
      EXPECT_EQ(Transformed(absl::StrCat("pca { components: ", count, " }"), train, train), all.leftCols(count));
    }
  }
}

TEST(PcaTest, LargestLoadingIsPositive) {
  for (const FeatureMatrix& train : {NormalRows(100, 8), NormalRows(8, 20)}) {
    const FeatureMatrix components = Components("pca { components: 7 }", train);
    for (const auto& component : components.rowwise()) {
      EXPECT_NEAR(component.maxCoeff(), component.cwiseAbs().maxCoeff(), 1e-3);
      EXPECT_NEAR(component.norm(), 1, 1e-3);
    }
  }
}

TEST(PcaTest, FewRowsHaveTheDirectionsThatTheirCovarianceHas) {
  const FeatureMatrix train = NormalRows(20, 20);
  // The same rows once more with columns of zeros: now fewer rows than columns.
  FeatureMatrix wide = FeatureMatrix::Zero(20, 30);
  wide.leftCols(20) = train;
  const FeatureMatrix by_columns = Transformed("pca { components: 19 }", train, train);
  EXPECT_LT((Transformed("pca { components: 19 }", wide, wide) - by_columns).cwiseAbs().maxCoeff(), 1e-3);
}

TEST(PcaTest, FewRowsOfManyFeaturesHaveOneDirectionLess) {
  // Large enough for 32-bit products, whose rounding is no direction; nor are rows that are there twice.
  FeatureMatrix train = NormalRows(420, 6000);
  train.row(419) = train.row(418);
  const FeatureMatrix projected = Transformed("pca { whiten: true }", train, train);
  EXPECT_EQ(projected.rightCols(2), FeatureMatrix::Zero(420, 2));
  const Eigen::MatrixXd covariance = Covariance(projected.leftCols(418));
  EXPECT_LT((covariance - Eigen::MatrixXd::Identity(418, 418)).cwiseAbs().maxCoeff(), 1e-3);
}

TEST(PcaTest, WhitenedComponentsHaveVarianceOne) {
  const Eigen::MatrixXd covariance =
      Covariance(Transformed("pca { components: 5 whiten: true }", NormalRows(400, 9), NormalRows(400, 9)));
  EXPECT_LT((covariance - Eigen::MatrixXd::Identity(5, 5)).cwiseAbs().maxCoeff(), 1e-4);
}

TEST(PcaTest, DirectionsWithoutVarianceAreWhitenedToZero) {
  for (const FeatureMatrix& train : {FeatureMatrix(NormalRows(50, 2).replicate(1, 2)), NormalRows(3, 9)}) {
    const FeatureMatrix rows = Transformed("pca { whiten: true }", train, train);
    EXPECT_TRUE(rows.allFinite());
    EXPECT_EQ(rows.rightCols(rows.cols() - 2), FeatureMatrix::Zero(train.rows(), rows.cols() - 2));
  }
}

TEST(PcaTest, AllComponentsGiveTheRowsBack) {
  // More rows than columns, and fewer, which lie in the space of their own directions.
  for (const FeatureMatrix& train : {NormalRows(200, 15), NormalRows(15, 40)}) {
    EXPECT_LT((ThereAndBack("pca {}", train, train) - train).cwiseAbs().maxCoeff(), 1e-3);
  }
}

TEST(PcaTest, FewerComponentsLoseTheVarianceThatTheyLeaveOut) {
  const FeatureMatrix train = NormalRows(400, 9);
  const Eigen::MatrixXd covariance = Covariance(Transformed("pca {}", train, train));
  for (const int count : {1, 5, 8}) {
    const std::string text = absl::StrCat("pca { components: ", count, " }");
    const double lost = (ThereAndBack(text, train, train) - train).cast<double>().squaredNorm() / 399;
    const double left_out = covariance.diagonal().tail(9 - count).sum();
    EXPECT_NEAR(lost, left_out, 1e-4 * left_out) << count;
  }
}

TEST(PcaTest, WhitenedComponentsGiveBackWhatOthersDo) {
  // Also where a direction has no variance, and is whitened to zero.
  for (const FeatureMatrix& train : {NormalRows(400, 9), FeatureMatrix(NormalRows(50, 2).replicate(1, 2))}) {
    for (const char* text : {"pca { components: 4 ", "pca { variance: .6 "}) {
      const FeatureMatrix plain = ThereAndBack(absl::StrCat(text, "}"), train, train);
      const FeatureMatrix whitened = ThereAndBack(absl::StrCat(text, "whiten: true }"), train, train);
      EXPECT_LT((whitened - plain).cwiseAbs().maxCoeff(), 1e-4) << text;
    }
  }
}

TEST(PcaTest, ConstantRowsHaveNothingToTell) {
  const FeatureMatrix same = FeatureMatrix::Constant(30, 4, .1f);
  EXPECT_EQ(Transformed("pca { variance: 0.9 }", same, same).cols(), 1);
  EXPECT_LT(Transformed("pca {}", same, same).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_TRUE(Transformed("pca { whiten: true }", same, same).allFinite());
}

TEST(PcaTest, AllOfTheVarianceIsAllComponents) {
  EXPECT_EQ(Transformed("pca { variance: 1 }", NormalRows(50, 6), NormalRows(2, 6)).cols(), 6);
}

TEST(PcaTest, HugeAndTinyNumbersHaveTheSameDirections) {
  const FeatureMatrix rows = NormalRows(100, 6);
  const FeatureMatrix right = Transformed("pca {}", rows, rows);
  for (const float size : {1e30f, 1e-30f}) {
    const FeatureMatrix scaled = Transformed("pca {}", rows * size, rows * size) / size;
    EXPECT_LT((scaled - right).cwiseAbs().maxCoeff(), 1e-4) << size;
  }
}

TEST(PcaTest, MoreComponentsThanRowsOrFeaturesAreAnError) {
  EXPECT_THAT(FitTo("pca { components: 7 }", NormalRows(100, 6)).ToString(),
              HasSubstr("transform.pca.components: 7 are more than 100 rows of 6 features have, which is 6"));
  EXPECT_THAT(FitTo("pca { components: 7 }", NormalRows(3, 60)).ToString(), HasSubstr("which is 3"));
  EXPECT_THAT(FitTo("pca {}", FeatureMatrix(0, 6)).ToString(), HasSubstr("there is nothing to learn from"));
}

TEST(PcaTest, BeyondTheLimitTheFirstComponentsAreFound) {
  // Three directions, each weaker than the one before, and something small in all others.
  constexpr int64_t kSide = 8193;
  FeatureMatrix train(kSide, kSide);
  float* value = train.data();
  uint32_t noise = 1;
  for (int64_t row = 0; row < kSide; ++row) {
    const float a = static_cast<float>(row % 7 - 3), b = static_cast<float>(row % 5 - 2), c = row % 2 == 0 ? 1 : -1;
    for (int64_t column = 0; column < kSide; ++column, ++value) {
      noise = 1664525 * noise + 1013904223;
      const float other = static_cast<float>(noise >> 16) / 65536 - .5f;
      *value = 1000 + (column % 2 == 0 ? 3 * a : column % 3 == 0 ? 2 * b : c) + other;
    }
  }
  const std::unique_ptr<Transform> transform = TransformOf("pca { components: 3 whiten: true }");
  ASSERT_TRUE(transform->Fit(train).ok());
  FeatureMatrix rows = train.topRows(210);
  ASSERT_TRUE(transform->Apply(rows).ok());
  const Eigen::MatrixXd covariance = Covariance(rows);
  EXPECT_LT((covariance - Eigen::MatrixXd::Identity(3, 3)).cwiseAbs().maxCoeff(), .02) << covariance;
  ASSERT_TRUE(transform->Invert(rows).ok());
  EXPECT_NEAR((rows - train.topRows(210)).cwiseAbs().mean(), .25, .01) << "what is left is the noise";
}

TEST(PcaTest, BeyondTheLimitTheirNumberMustBeGiven) {
  const FeatureMatrix large(8193, 8194);  // never read
  for (const char* text : {"pca {}", "pca { variance: 0.9 }", "pca { components: 1025 }"}) {
    EXPECT_THAT(FitTo(text, large).ToString(),
                HasSubstr("INVALID_ARGUMENT: transform.pca: of 8193 rows of 8194 features, which are both more than "
                          "8192, at most the first 1024 components are found; say how many with components"));
  }
}

TEST(PcaTest, WrongOptionsAreNamed) {
  EXPECT_THAT(TransformError("pca { components: 2 variance: 0.5 }"), HasSubstr("both are given"));
  EXPECT_THAT(TransformError("pca { components: 0 }"), HasSubstr("transform.pca.components: 0 is not at least 1"));
  for (const char* share : {"0", "-1", "1.5", "nan"}) {
    EXPECT_THAT(TransformError(absl::StrCat("pca { variance: ", share, " }")), HasSubstr("transform.pca.variance: "));
  }
}

TEST(PcaTest, LargeWorkIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  const FeatureMatrix train = NormalRows(9000, 340);  // in 32-bit products, and parts of rows
  FeatureMatrix by_one;
  tbb::task_arena(1).execute([&] { by_one = Transformed("pca { components: 9 }", train, train); });
  for (const int threads : {2, 5, 8}) {
    tbb::task_arena(threads).execute(
        [&] { EXPECT_EQ(Transformed("pca { components: 9 }", train, train), by_one) << threads; });
  }
}

}  // namespace
}  // namespace parzen
