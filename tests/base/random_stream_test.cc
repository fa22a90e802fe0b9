#include "base/random_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

namespace parzen {
namespace {

TEST(RandomStreamTest, SameNameGivesTheSameNumbersForEver) {
  // Pinned: a change here changes every study that was ever run.
  RandomStream stream(7, 3, "sampler/random");
  EXPECT_EQ(stream(), RandomStream(7, 3, "sampler/random")());
  const std::vector<uint64_t> pinned = {6473052547457348783u, 1709263836434138420u, 8995805995165047181u,
                                        7031493671601123919u};
  RandomStream again(7, 3, "sampler/random");
  for (const uint64_t expected : pinned) EXPECT_EQ(again(), expected);
}

TEST(RandomStreamTest, EveryPartOfTheNameMatters) {
  std::set<uint64_t> first;
  for (uint64_t seed : {0, 1, 2}) {
    for (int64_t trial : {0, 1, 2}) {
      for (const char* purpose : {"", "a", "b", "model"}) first.insert(RandomStream(seed, trial, purpose)());
    }
  }
  EXPECT_EQ(first.size(), 36u);
}

TEST(RandomStreamTest, ForkDoesNotDependOnWhatWasDrawn) {
  RandomStream stream(1, 2, "x");
  const uint64_t before = stream.Fork(5)();
  for (int i = 0; i < 10; ++i) stream();
  EXPECT_EQ(stream.Fork(5)(), before);
  EXPECT_NE(stream.Fork(6)(), before);
}

TEST(RandomStreamTest, UniformStaysInsideItsRange) {
  RandomStream stream(1, 2, "x");
  double sum = 0;
  for (int i = 0; i < 100000; ++i) {
    const double value = stream.Uniform(2, 3);
    ASSERT_GE(value, 2);
    ASSERT_LT(value, 3);
    sum += value;
  }
  EXPECT_NEAR(sum / 100000, 2.5, 0.005);
}

TEST(RandomStreamTest, UniformOfAnEmptyRangeIsItsBound) { EXPECT_EQ(RandomStream(1, 2, "x").Uniform(4, 4), 4); }

TEST(RandomStreamTest, BelowGivesEachNumberItsShare) {
  RandomStream stream(1, 2, "x");
  std::vector<int> count(7);
  for (int i = 0; i < 70000; ++i) ++count[stream.Below(7)];
  for (const int each : count) EXPECT_NEAR(each, 10000, 400);
}

TEST(RandomStreamTest, NormalHasMeanZeroAndVarianceOne) {
  RandomStream stream(1, 2, "x");
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < 100000; ++i) {
    const double value = stream.Normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 100000, 0, 0.02);
  EXPECT_NEAR(squares / 100000, 1, 0.02);
}

TEST(RandomStreamTest, ShuffleKeepsEveryItem) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  std::vector<int> shuffled = items;
  RandomStream(1, 2, "x").Shuffle(shuffled);
  EXPECT_NE(shuffled, items);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, items);
}

}  // namespace
}  // namespace parzen
