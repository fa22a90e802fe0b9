#include "studies/samplers/sobol_sequence.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/discrepancy.h"

namespace parzen {
namespace {

RandomStream Seed(uint64_t seed) { return RandomStream(seed, 0, "test"); }

TEST(SobolSequenceTest, TheFirstDimensionIsVanDerCorputsSequence) {
  const SobolSequence sequence(1);
  std::vector<double> points;
  for (int i = 0; i < 8; ++i) points.push_back(sequence.At(i, 0));
  EXPECT_THAT(points, testing::ElementsAre(0, 0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875));
}

// The second dimension has no freedom either: x + 1 and m = 1.
TEST(SobolSequenceTest, TheSecondDimensionHasThePublishedValues) {
  const SobolSequence sequence(2);
  std::vector<double> points;
  for (int i = 0; i < 8; ++i) points.push_back(sequence.At(i, 1));
  EXPECT_THAT(points, testing::ElementsAre(0, 0.5, 0.75, 0.25, 0.625, 0.125, 0.375, 0.875));
}

void ExpectEvenDimensions(const SobolSequence& sequence, const std::vector<size_t>& dimensions) {
  for (const size_t dimension : dimensions) {
    for (int bits = 0; bits <= 10; ++bits) {
      for (const int block : {0, 1, 5}) {
        EXPECT_TRUE(FillsEachInterval(block << bits, 1 << bits, [&](int i) { return sequence.At(i, dimension); }))
            << "dimension " << dimension << ", block " << block << " of 2^" << bits;
      }
    }
  }
}

TEST(SobolSequenceTest, EveryDimensionFillsEachIntervalOnce) {
  ExpectEvenDimensions(SobolSequence(1000), {0, 1, 2, 3, 4, 10, 100, 500, 998, 999});
}

TEST(SobolSequenceTest, ScramblingKeepsThat) { ExpectEvenDimensions(SobolSequence(40, Seed(3)), {0, 1, 2, 3, 20, 39}); }

TEST(SobolSequenceTest, TheFirstTwoDimensionsFillEveryBox) {
  for (const SobolSequence& sequence : {SobolSequence(2), SobolSequence(2, Seed(1))}) {
    for (int x_bits = 0; x_bits <= 8; ++x_bits) {
      std::set<std::pair<int, int>> boxes;
      for (int i = 0; i < 256; ++i) {
        boxes.emplace(static_cast<int>(std::ldexp(sequence.At(i, 0), x_bits)),
                      static_cast<int>(std::ldexp(sequence.At(i, 1), 8 - x_bits)));
      }
      EXPECT_EQ(boxes.size(), 256u) << x_bits;
    }
  }
}

TEST(SobolSequenceTest, NoTwoDimensionsAreTheSame) {
  const SobolSequence sequence(1000);
  std::set<std::vector<double>> beginnings;
  for (size_t d = 0; d < 1000; ++d) {
    std::vector<double> beginning;
    for (int i = 0; i < 64; ++i) beginning.push_back(sequence.At(i * 37, d));
    beginnings.insert(std::move(beginning));
  }
  EXPECT_EQ(beginnings.size(), 1000u);
}

TEST(SobolSequenceTest, MoreDimensionsLeaveTheOthersAsTheyWere) {
  const SobolSequence few(3, Seed(1)), many(30, Seed(1));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(few.At(i, 2), many.At(i, 2));
}

TEST(SobolSequenceTest, SeedsScrambleDifferently) {
  const SobolSequence one(2, Seed(1)), same(2, Seed(1)), other(2, Seed(2));
  EXPECT_EQ(one.At(5, 1), same.At(5, 1));
  EXPECT_NE(one.At(5, 1), other.At(5, 1));
  EXPECT_NE(one.At(0, 0), 0);
}

TEST(SobolSequenceTest, PointsCoverTheCubeMoreEvenlyThanRandomOnes) {
  constexpr int kPoints = 1024;
  for (int dimensions = 2; dimensions <= 5; ++dimensions) {
    const SobolSequence plain(dimensions), scrambled(dimensions, Seed(5));
    for (const SobolSequence* sequence : {&plain, &scrambled}) {
      EXPECT_LT(L2StarDiscrepancy(kPoints, dimensions, [&](int i, int d) { return sequence->At(i, d); }),
                RandomL2StarDiscrepancy(kPoints, dimensions) / 3)
          << dimensions;
    }
  }
}

}  // namespace
}  // namespace parzen
