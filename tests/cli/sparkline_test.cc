#include "cli/sparkline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

namespace parzen {
namespace {

using testing::ElementsAre;

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(SparklineTest, RisesFromTheLowestToTheHighestBlock) {
  EXPECT_EQ(Sparkline({0, 1, 2, 3, 4, 5, 6, 7}, 8), "▁▂▃▄▅▆▇█");
}

TEST(SparklineTest, FewValuesTakeOneColumnEach) { EXPECT_EQ(Sparkline({3, 1}, 40), "█▁"); }

TEST(SparklineTest, FirstAndLastValueAreShownHoweverFewTheColumns) {
  std::vector<double> values(1001);
  std::iota(values.begin(), values.end(), 0.0);
  EXPECT_THAT(EvenlyChosen(values, 5), ElementsAre(0, 250, 500, 750, 1000));
  EXPECT_THAT(EvenlyChosen(values, 2), ElementsAre(0, 1000));
  EXPECT_THAT(EvenlyChosen(values, 1), ElementsAre(1000));
  EXPECT_EQ(Sparkline(values, 3), "▁▅█");
}

TEST(SparklineTest, EqualValuesStandInTheMiddle) { EXPECT_EQ(Sparkline({.5, .5, .5}, 8), "▄▄▄"); }

TEST(SparklineTest, NanIsABlankAndInfinitiesEndTheScale) {
  EXPECT_EQ(Sparkline({-kInf, 0, std::nan(""), 7, kInf}, 8), "▁▁ ██");
  EXPECT_EQ(Sparkline({kInf, -kInf}, 8), "█▁");
}

TEST(SparklineTest, HugeDifferencesDoNotOverflow) { EXPECT_EQ(Sparkline({-1.7e308, 0, 1.7e308}, 8), "▁▅█"); }

TEST(SparklineTest, NothingIsAnEmptyLine) {
  EXPECT_EQ(Sparkline({}, 8), "");
  EXPECT_EQ(Sparkline({1, 2}, 0), "");
}

}  // namespace
}  // namespace parzen
