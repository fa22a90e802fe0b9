#include "studies/pruners/running_percentile.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random_stream.h"
#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

double PercentileOf(double percentile, const std::vector<double>& numbers) {
  RunningPercentile running(percentile);
  for (const double number : numbers) running.Add(number);
  return running.Value();
}

TEST(RunningPercentileTest, AgreesWithHandTables) {
  EXPECT_EQ(PercentileOf(50, {3}), 3);
  EXPECT_EQ(PercentileOf(50, {3, 1}), 2);
  EXPECT_EQ(PercentileOf(50, {3, 1, 8}), 3);
  EXPECT_EQ(PercentileOf(25, {5, 1, 4, 2, 3}), 2);
  EXPECT_EQ(PercentileOf(75, {1, 2, 3, 4}), 3.25);  // numpy.percentile([1, 2, 3, 4], 75)
  EXPECT_EQ(PercentileOf(10, {1, 2}), 1.1);
  EXPECT_EQ(PercentileOf(0, {5, 1, 4}), 1);
  EXPECT_EQ(PercentileOf(100, {1, 5, 4}), 5);
}

TEST(RunningPercentileTest, InfinitiesAreNumbersToo) {
  EXPECT_EQ(PercentileOf(50, {kInfinity, 1, 2}), 2);
  EXPECT_EQ(PercentileOf(50, {kInfinity, 1}), kInfinity);
  EXPECT_EQ(PercentileOf(50, {-kInfinity, 1}), -kInfinity);
  EXPECT_EQ(PercentileOf(50, {kInfinity, kInfinity}), kInfinity);
  EXPECT_EQ(PercentileOf(50, {kInfinity, -kInfinity}), kInfinity);
}

TEST(RunningPercentileTest, AgreesWithSortingAfterEveryNumber) {
  for (const double percentile : {0.0, 10.0, 33.0, 50.0, 90.0, 100.0}) {
    RandomStream random(1, static_cast<int64_t>(percentile), "test");
    RunningPercentile running(percentile);
    std::vector<double> sorted;
    for (int i = 0; i < 200; ++i) {
      const double number = std::floor(random.Uniform(0, 50));  // equal ones come often
      running.Add(number);
      sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), number), number);
      const double place = percentile / 100 * static_cast<double>(sorted.size() - 1);
      const auto below = static_cast<size_t>(place);
      const double above = sorted[std::min(below + 1, sorted.size() - 1)];
      const double expected = sorted[below] + (above - sorted[below]) * (place - std::floor(place));
      ASSERT_DOUBLE_EQ(running.Value(), expected) << percentile << " of " << sorted.size();
    }
  }
}

}  // namespace
}  // namespace parzen
