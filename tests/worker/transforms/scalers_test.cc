// min_max, standard and row_maximum.
#include "gmock/gmock.h"
#include "tests/worker/transforms/transformed.h"

namespace parzen {
namespace {

using testing::HasSubstr;

FeatureMatrix Matrix(std::initializer_list<std::initializer_list<float>> rows) { return FeatureMatrix(rows); }

TEST(MinMaxTest, EndsOfTheTrainingRowsGoToLowAndHigh) {
  EXPECT_EQ(Transformed("min_max {}", Matrix({{2, -1}, {4, 1}}), Matrix({{2, 1}, {3, -1}, {8, 0}})),
            Matrix({{0, 1}, {.5, 0}, {3, .5}}));
  EXPECT_EQ(Transformed("min_max { low: -1 high: 3 }", Matrix({{2}, {4}}), Matrix({{2}, {3}, {4}})),
            Matrix({{-1}, {1}, {3}}));
}

TEST(MinMaxTest, ConstantFeatureBecomesLow) {
  EXPECT_EQ(Transformed("min_max { low: 5 high: 6 }", Matrix({{7}, {7}}), Matrix({{7}, {100}})), Matrix({{5}, {5}}));
}

TEST(MinMaxTest, RangeAsWideAsFloatsIsNoOverflow) {
  EXPECT_EQ(Transformed("min_max {}", Matrix({{-3e38f}, {3e38f}}), Matrix({{3e38f}, {0}})), Matrix({{1}, {.5}}));
}

TEST(MinMaxTest, HighMustBeAboveLow) {
  EXPECT_THAT(TransformError("min_max { low: 1 }"),
              HasSubstr("transform.min_max.high: 1 is not above low, which is 1"));
  EXPECT_THAT(TransformError("min_max { high: inf }"), HasSubstr("transform.min_max.high: inf is not a finite"));
  EXPECT_THAT(TransformError("min_max { low: nan }"), HasSubstr("transform.min_max.low: nan is not a finite"));
}

TEST(MinMaxTest, ConstantFeatureComesBackAsItsConstant) {
  EXPECT_EQ(ThereAndBack("min_max { low: 5 high: 6 }", Matrix({{7, 1}, {7, 3}}), Matrix({{7, 2}, {100, 3}})),
            Matrix({{7, 2}, {7, 3}}));
}

TEST(StandardTest, TrainingRowsHaveMeanZeroAndVarianceOne) {
  const FeatureMatrix rows = Transformed("standard {}", NormalRows(3000, 9), NormalRows(3000, 9));
  EXPECT_LT(rows.colwise().mean().cwiseAbs().maxCoeff(), 1e-5);
  EXPECT_LT((rows.colwise().squaredNorm() / 3000 - Eigen::RowVectorXf::Ones(9)).cwiseAbs().maxCoeff(), 1e-4);
}

TEST(StandardTest, ConstantFeatureBecomesZeroExactly) {
  const FeatureMatrix tenths = FeatureMatrix::Constant(1777, 2, .1f);  // whose mean is rounded
  EXPECT_EQ(Transformed("standard {}", tenths, Matrix({{.1f, .1f}})), Matrix({{0, 0}}));
}

TEST(StandardTest, EachHalfCanBeLeftOut) {
  const FeatureMatrix train = Matrix({{1, 5}, {5, 5}});
  EXPECT_EQ(Transformed("standard { scale: false }", train, train), Matrix({{-2, 0}, {2, 0}}));
  EXPECT_EQ(Transformed("standard { center: false }", train, train), Matrix({{.5, 5}, {2.5, 5}}));
  EXPECT_EQ(Transformed("standard { center: false scale: false }", train, train), train);
}

TEST(StandardTest, LargeNumbersAreNoOverflow) {
  EXPECT_EQ(Transformed("standard {}", Matrix({{-1e30f}, {1e30f}}), Matrix({{1e30f}})), Matrix({{1}}));
}

TEST(StandardTest, WhatWasLeftOutIsNotUndone) {
  const FeatureMatrix train = Matrix({{1, 5}, {5, 5}}), rows = Matrix({{7, 3}});
  for (const char* text : {"standard {}", "standard { scale: false }", "standard { center: false }"}) {
    EXPECT_EQ(ThereAndBack(text, train, rows), rows) << text;
  }
}

TEST(RowMaximumTest, EveryRowIsDividedByItsOwnLargestValue) {
  const FeatureMatrix rows = Matrix({{1, 2, 4}, {10, 0, 5}, {-4, -2, -8}});
  EXPECT_EQ(Transformed("row_maximum {}", rows, rows), Matrix({{.25, .5, 1}, {1, 0, .5}, {2, 1, 4}}));
}

TEST(RowMaximumTest, RowWhoseLargestValueIsZeroStays) {
  const FeatureMatrix rows = Matrix({{0, 0}, {0, -3}});
  EXPECT_EQ(Transformed("row_maximum {}", rows, rows), rows);
}

TEST(ScalersTest, NoRowsAreAnErrorWhereThereIsSomethingToLearn) {
  EXPECT_THAT(FitTo("min_max {}", FeatureMatrix(0, 3)).ToString(), HasSubstr("INVALID_ARGUMENT: transform.min_max"));
  EXPECT_THAT(FitTo("standard {}", FeatureMatrix(0, 3)).ToString(), HasSubstr("INVALID_ARGUMENT: transform.standard"));
  EXPECT_THAT(FitTo("row_maximum {}", FeatureMatrix(3, 0)).ToString(), HasSubstr("INVALID_ARGUMENT: transform.row"));
}

}  // namespace
}  // namespace parzen
