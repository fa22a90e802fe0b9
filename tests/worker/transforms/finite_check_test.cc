#include "worker/finite_check.h"

#include <limits>

#include "gmock/gmock.h"
#include "tests/worker/transforms/transformed.h"

namespace parzen {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(FiniteCheckTest, NumbersOfAnySizePass) {
  FeatureMatrix rows = NormalRows(1000, 7);
  rows(3, 3) = std::numeric_limits<float>::max();
  rows(4, 4) = std::numeric_limits<float>::denorm_min();
  EXPECT_TRUE(CheckFinite(rows, "rows").ok());
  EXPECT_TRUE(CheckFinite(FeatureMatrix(0, 7), "rows").ok());
  EXPECT_TRUE(CheckFinite(FeatureMatrix(7, 0), "rows").ok());
}

TEST(FiniteCheckTest, FirstOfSeveralIsNamed) {
  FeatureMatrix rows = NormalRows(2000, 7);
  rows(1800, 0) = rows(700, 6) = rows(1999, 3) = kNan;
  EXPECT_EQ(CheckFinite(rows, "training rows").ToString(),
            "INVALID_ARGUMENT: training rows: row 701, column 7 of the features is missing (NaN); "
            "transform { impute {} } fills such values");
}

TEST(FiniteCheckTest, InfinitiesAreNamedWhateverStandsBesideThem) {
  for (const float infinity : {kInfinity, -kInfinity}) {
    FeatureMatrix rows = NormalRows(10, 33);
    rows(9, 32) = infinity;
    rows(9, 0) = -rows(9, 1);
    EXPECT_THAT(CheckFinite(rows, "rows").message(),
                testing::HasSubstr("row 10, column 33 of the features is infinite"));
  }
}

}  // namespace
}  // namespace parzen
