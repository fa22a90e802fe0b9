#include "studies/samplers/halton_sequence.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/discrepancy.h"

namespace parzen {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;

RandomStream Seed(uint64_t seed) { return RandomStream(seed, 0, "test"); }

std::vector<double> First(const HaltonSequence& sequence, int points, size_t dimension) {
  std::vector<double> values;
  for (int i = 0; i < points; ++i) values.push_back(sequence.At(i, dimension));
  return values;
}

TEST(HaltonSequenceTest, DigitsAreMirroredInTheDimensionsPrime) {
  const HaltonSequence sequence(3);
  EXPECT_THAT(First(sequence, 5, 0), ElementsAre(0, 0.5, 0.25, 0.75, 0.125));
  EXPECT_THAT(First(sequence, 5, 1),
              ElementsAre(0, DoubleEq(1.0 / 3), DoubleEq(2.0 / 3), DoubleEq(1.0 / 9), DoubleEq(4.0 / 9)));
  EXPECT_THAT(sequence.At(7, 2), DoubleEq(2.0 / 5 + 1.0 / 25));
}

TEST(HaltonSequenceTest, TheThousandthDimensionHasTheThousandthPrime) {
  EXPECT_THAT(HaltonSequence(1000).At(1, 999), DoubleEq(1.0 / 7919));
}

TEST(HaltonSequenceTest, EveryDimensionFillsEachIntervalOnce) {
  const int kPrimes[] = {2, 3, 5, 7, 11, 13};
  for (const HaltonSequence& sequence : {HaltonSequence(6), HaltonSequence(6, Seed(3))}) {
    for (size_t d = 0; d < 6; ++d) {
      for (int points = 1; points < 3000; points *= kPrimes[d]) {
        for (const int block : {0, 1, 4}) {
          // The middle of digits after these, so that rounding does not move a point over an edge.
          EXPECT_TRUE(FillsEachInterval(block * points, points, [&](int i) { return sequence.At(i, d) + 1e-12; }))
              << "dimension " << d << ", block " << block << " of " << points;
        }
      }
    }
  }
}

TEST(HaltonSequenceTest, ScramblingMovesEveryPointTheOriginToo) {
  const HaltonSequence one(4, Seed(1)), same(4, Seed(1)), other(4, Seed(2));
  for (size_t d = 0; d < 4; ++d) {
    EXPECT_EQ(First(one, 20, d), First(same, 20, d));
    EXPECT_NE(First(one, 20, d), First(other, 20, d));
    EXPECT_GT(one.At(0, d), 0);
  }
}

TEST(HaltonSequenceTest, MoreDimensionsLeaveTheOthersAsTheyWere) {
  EXPECT_EQ(First(HaltonSequence(3, Seed(1)), 20, 2), First(HaltonSequence(30, Seed(1)), 20, 2));
}

// In bases as large as these, unscrambled points rise along a diagonal.
TEST(HaltonSequenceTest, ScramblingBreaksTheLinesOfLargeBases) {
  const auto covariance = [](const HaltonSequence& sequence) {
    double sum = 0;
    for (int i = 0; i < 150; ++i) sum += (sequence.At(i, 38) - 0.5) * (sequence.At(i, 39) - 0.5) / 150;
    return sum * 12;
  };
  EXPECT_GT(covariance(HaltonSequence(40)), 0.7);
  EXPECT_LT(std::abs(covariance(HaltonSequence(40, Seed(1)))), 0.2);
}

TEST(HaltonSequenceTest, PointsCoverTheCubeMoreEvenlyThanRandomOnes) {
  constexpr int kPoints = 1024;
  for (int dimensions = 2; dimensions <= 5; ++dimensions) {
    const HaltonSequence plain(dimensions), scrambled(dimensions, Seed(5));
    for (const HaltonSequence* sequence : {&plain, &scrambled}) {
      EXPECT_LT(L2StarDiscrepancy(kPoints, dimensions, [&](int i, int d) { return sequence->At(i, d); }),
                RandomL2StarDiscrepancy(kPoints, dimensions) / 2)
          << dimensions;
    }
  }
}

}  // namespace
}  // namespace parzen
