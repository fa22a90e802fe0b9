#include <limits>

#include "gmock/gmock.h"
#include "tests/worker/transforms/transformed.h"

namespace parzen {
namespace {

using testing::HasSubstr;

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

FeatureMatrix Column(std::initializer_list<float> values) {
  FeatureMatrix column(static_cast<int64_t>(values.size()), 1);
  std::copy(values.begin(), values.end(), column.data());
  return column;
}

// What a missing value becomes.
float FilledWith(absl::string_view text, const FeatureMatrix& train) {
  return Transformed(text, train, Column({kMissing}))(0, 0);
}

TEST(ImputeTest, MeanIsOfTheValuesThatAreThere) { EXPECT_EQ(FilledWith("impute {}", Column({1, kMissing, 2, 6})), 3); }

TEST(ImputeTest, MedianOfAnEvenNumberIsHalfwayBetweenTheMiddleOnes) {
  EXPECT_EQ(FilledWith("impute { statistic: MEDIAN }", Column({10, kMissing, 1, 2, 4})), 3);
  EXPECT_EQ(FilledWith("impute { statistic: MEDIAN }", Column({10, 1, 2})), 2);
}

TEST(ImputeTest, MostFrequentIsTheSmallestOfEquals) {
  EXPECT_EQ(FilledWith("impute { statistic: MOST_FREQUENT }", Column({9, 3, kMissing, 9, 5, 3, kMissing, kMissing})),
            3);
}

TEST(ImputeTest, ConstantNeedsNoValues) {
  EXPECT_EQ(FilledWith("impute { statistic: CONSTANT constant: -7.5 }", Column({kMissing, kMissing})), -7.5f);
}

TEST(ImputeTest, ValuesThatAreThereStay) {
  const FeatureMatrix rows = NormalRows(50, 3);
  EXPECT_EQ(Transformed("impute {}", rows, rows), rows);
}

TEST(ImputeTest, ColumnWithoutAnyValueIsNamed) {
  FeatureMatrix rows = NormalRows(5, 3);
  rows.col(1).setConstant(kMissing);
  for (const char* statistic : {"MEAN", "MEDIAN", "MOST_FREQUENT"}) {
    EXPECT_THAT(FitTo("impute { statistic: " + std::string(statistic) + " }", rows).ToString(),
                HasSubstr("transform.impute: column 2 of the features has no value in any training row"));
  }
}

TEST(ImputeTest, LargestNumbersHaveAMeanAndAMedian) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  EXPECT_EQ(FilledWith("impute {}", Column({kLargest, kLargest})), kLargest);
  EXPECT_EQ(FilledWith("impute { statistic: MEDIAN }", Column({kLargest, kLargest})), kLargest);
}

TEST(ImputeTest, ConstantThatIsNoFloatIsAnError) {
  EXPECT_THAT(TransformError("impute { constant: 1e60 }"), HasSubstr("transform.impute.constant: 1e+60"));
  EXPECT_THAT(TransformError("impute { constant: nan }"), HasSubstr("transform.impute.constant: nan"));
}

}  // namespace
}  // namespace parzen
