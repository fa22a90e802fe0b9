// Dual problems small enough to be solved by hand.
#include "worker/models/svm/small_dual.h"

#include "gtest/gtest.h"

namespace parzen {
namespace {

// Rows on a line with a linear kernel: those of the first class, then those of the second.
SmallDual OnALine(const std::vector<double>& first, const std::vector<double>& second, double cost) {
  std::vector<double> x = first;
  x.insert(x.end(), second.begin(), second.end());
  SmallDual dual;
  dual.Resize(static_cast<int64_t>(x.size()));
  for (size_t i = 0; i < x.size(); ++i) {
    const int64_t row = static_cast<int64_t>(i);
    const bool is_first = i < first.size();
    (is_first ? dual.high : dual.low)[row] = is_first ? cost : -cost;
    dual.slope[row] = is_first ? -1 : 1;
    dual.diagonal[row] = x[i] * x[i];
    for (size_t j = 0; j < x.size(); ++j) dual.kernel(row, static_cast<int64_t>(j)) = x[i] * x[j];
  }
  return dual;
}

TEST(SmallDualTest, TheNearestRowsHoldUpTheBoundary) {
  SmallDual dual = OnALine({4, 3}, {1, 0, -1}, 100);
  EXPECT_GT(dual.Minimise(1e-9, 1000), 0);
  // The margin reaches from 1 to 3: weight 1, which the nearest rows share as 1/2 (3 - 1).
  EXPECT_NEAR(dual.value[1], .5, 1e-9);
  EXPECT_NEAR(dual.value[2], -.5, 1e-9);
  EXPECT_EQ(dual.value[0], 0);
  EXPECT_EQ(dual.value[3], 0);
  EXPECT_EQ(dual.value[4], 0);
}

TEST(SmallDualTest, ValuesStopExactlyAtTheirBounds) {
  SmallDual dual = OnALine({3}, {1}, .125);
  EXPECT_EQ(dual.Minimise(1e-9, 1000), 1);
  EXPECT_EQ(dual.value[0], .125);
  EXPECT_EQ(dual.value[1], -.125);
}

TEST(SmallDualTest, SlopesStayThoseOfTheValues) {
  SmallDual dual = OnALine({4, 3, .5}, {1, 0, 2}, 10);
  dual.Minimise(1e-6, 1000);
  const Eigen::ArrayXd fresh = (dual.kernel * dual.value.matrix()).array();
  for (int64_t i = 0; i < 6; ++i) EXPECT_NEAR(dual.slope[i], fresh[i] - (i < 3 ? 1 : -1), 1e-9);
  EXPECT_NEAR(dual.value.sum(), 0, 1e-12);
}

TEST(SmallDualTest, EqualRowsOfBothClassesTakeAllTheyMay) {
  SmallDual dual = OnALine({2}, {2}, 7);
  dual.Minimise(1e-3, 1000);
  EXPECT_EQ(dual.value[0], 7);
  EXPECT_EQ(dual.value[1], -7);
}

TEST(SmallDualTest, NoMoreStepsAreTakenThanAllowed) {
  SmallDual dual = OnALine({4, 3, .5, 2.5}, {1, 0, 2, 3.5}, 10);
  EXPECT_EQ(dual.Minimise(1e-12, 2), 2);
}

TEST(SmallDualTest, RowsWithoutRoomTakeNoStep) {
  SmallDual dual = OnALine({3}, {1}, 0);
  EXPECT_EQ(dual.Minimise(1e-3, 1000), 0);
}

}  // namespace
}  // namespace parzen
