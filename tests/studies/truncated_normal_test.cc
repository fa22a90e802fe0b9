#include "studies/truncated_normal.h"

#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace parzen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(NormalQuantileTest, TheDistributionFunctionLeadsBack) {
  for (double p = 1e-300; p < 1; p *= 1.7) {
    const double x = NormalQuantile(p);
    // An error of one unit in the last place of x is one of x^2 units in p.
    EXPECT_NEAR(0.5 * std::erfc(-x / std::sqrt(2)) / p, 1, 1e-15 * (4 + x * x)) << p;
  }
}

TEST(LogGaussMassTest, BothTailsAreAlike) {
  for (double a = -45; a < 5; a += 0.5) EXPECT_EQ(LogGaussMass(a, a + 1), LogGaussMass(-a - 1, -a)) << a;
}

TEST(LogGaussMassTest, TheTailsSeriesMeetsTheErrorFunction) {
  EXPECT_NEAR(LogGaussMass(-kInfinity, -10.0000001), LogGaussMass(-kInfinity, -9.9999999) - 2e-7 * 10.0981, 1e-10);
}

TEST(LogGaussMassTest, TheWholeLineHasMassOneAndAPointNone) {
  EXPECT_EQ(LogGaussMass(-kInfinity, kInfinity), 0);
  EXPECT_EQ(LogGaussMass(1, 1), -kInfinity);
  EXPECT_EQ(LogGaussMass(-50, -50), -kInfinity);
}

TEST(GaussMassTest, PartsSumToTheWhole) {
  for (double a = -8; a < 8; a += 0.37)
    EXPECT_NEAR(GaussMass(a, 9) - GaussMass(a, a + 0.1), GaussMass(a + 0.1, 9), 1e-15);
}

TEST(TruncatedNormalQuantileTest, TheShareBelowLeadsBack) {
  for (const double a : {-60.0, -20.0, -3.0, -0.5, 0.0, 1.0, 15.0, 59.0}) {
    for (const double length : {0.001, 0.5, 4.0, 30.0}) {
      for (const double q : {1e-6, 0.01, 0.3, 0.5, 0.9, 0.999}) {
        const double x = TruncatedNormalQuantile(q, a, a + length);
        EXPECT_NEAR(std::exp(LogGaussMass(a, x) - LogGaussMass(a, a + length)), q, 1e-9) << a << " " << length;
      }
    }
  }
}

TEST(TruncatedNormalQuantileTest, TheEndsAreTheEnds) {
  EXPECT_EQ(TruncatedNormalQuantile(0, -1, 2), -1);
  EXPECT_EQ(TruncatedNormalQuantile(1, -1, 2), 2);
  EXPECT_EQ(TruncatedNormalQuantile(0, 12, 13), 12);
}

}  // namespace
}  // namespace parzen
