#include "worker/metrics/regression.h"

#include <vector>

#include "gtest/gtest.h"

namespace parzen {
namespace {

TEST(RegressionTest, MeasuresErrorsAndTheShareOfVarianceExplained) {
  const PartMetrics metrics = MeasureRegression(std::vector<float>{2.5, 0, 2, 8}, std::vector<float>{3, -.5, 2, 7});
  EXPECT_DOUBLE_EQ(metrics.mean_squared_error(), .375);
  EXPECT_DOUBLE_EQ(metrics.root_mean_squared_error(), std::sqrt(.375));
  EXPECT_DOUBLE_EQ(metrics.mean_absolute_error(), .5);
  EXPECT_NEAR(metrics.r2(), 0.9486081370449679, 1e-15);  // scikit-learn's r2_score
}

TEST(RegressionTest, EqualTargetsAreExplainedWhollyOrNotAtAll) {
  EXPECT_EQ(MeasureRegression(std::vector<float>{1, 1}, std::vector<float>{1, 1}).r2(), 1);
  EXPECT_EQ(MeasureRegression(std::vector<float>{1, 2}, std::vector<float>{1, 1}).r2(), 0);
}

}  // namespace
}  // namespace parzen
