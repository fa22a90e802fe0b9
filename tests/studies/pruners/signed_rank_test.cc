// Against published tables, and against every choice of signs counted out.
#include "studies/pruners/signed_rank.h"

#include <cmath>
#include <vector>

#include "base/random_stream.h"
#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

// The differences 1, 2, ..., n, of which those with these sizes are negative.
std::vector<double> Signed(int n, const std::vector<int>& negative) {
  std::vector<double> differences;
  for (int size = 1; size <= n; ++size) differences.push_back(size);
  for (const int size : negative) differences[static_cast<size_t>(size) - 1] *= -1;
  return differences;
}

// The test's definition: the share of all choices of signs whose sum of positive ranks is at least the one seen.
double CountedOut(const std::vector<double>& differences) {
  const size_t n = differences.size();
  std::vector<double> ranks(n, 0.5);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      if (std::abs(differences[j]) < std::abs(differences[i])) ranks[i] += 1;
      if (std::abs(differences[j]) == std::abs(differences[i])) ranks[i] += 0.5;
    }
  }
  const auto sum = [&](const auto& is_positive) {
    double positive = 0;
    for (size_t i = 0; i < n; ++i) positive += differences[i] == 0 ? ranks[i] / 2 : is_positive(i) ? ranks[i] : 0;
    return positive;
  };
  const double seen = sum([&](size_t i) { return differences[i] > 0; });
  int as_extreme = 0;
  for (size_t signs = 0; signs < (size_t{1} << n); ++signs) {
    as_extreme += sum([&](size_t i) { return (signs >> i & 1) != 0; }) >= seen;
  }
  return as_extreme / std::pow(2.0, static_cast<double>(n));
}

// Critical values of the smaller rank sum and their one-sided probabilities: Wilcoxon and Wilcox, "Some rapid
// approximate statistical procedures", 1964; also Hollander and Wolfe, "Nonparametric statistical methods", table A.4.
TEST(SignedRankTest, AgreesWithPublishedTables) {
  EXPECT_NEAR(SignedRankPValue(Signed(5, {})), 0.0313, 5.1e-5);                // n = 5, W = 0
  EXPECT_NEAR(SignedRankPValue(Signed(6, {2})), 0.0469, 5.1e-5);               // n = 6, W = 2
  EXPECT_NEAR(SignedRankPValue(Signed(8, {5})), 0.0391, 5.1e-5);               // n = 8, W = 5
  EXPECT_NEAR(SignedRankPValue(Signed(10, {10})), 0.0420, 5.1e-5);             // n = 10, W = 10
  EXPECT_NEAR(SignedRankPValue(Signed(10, {3})), 0.0049, 5.1e-5);              // n = 10, W = 3
  EXPECT_NEAR(SignedRankPValue(Signed(20, {20, 19, 18, 3})), 0.0487, 5.1e-5);  // n = 20, W = 60
}

TEST(SignedRankTest, AgreesWithCountingOutEveryChoiceOfSigns) {
  RandomStream random(1, 0, "test");
  for (int round = 0; round < 200; ++round) {
    std::vector<double> differences;
    const size_t n = 1 + random.Below(10);
    // Few different sizes: ties and zeros come often.
    for (size_t i = 0; i < n; ++i) differences.push_back(static_cast<double>(random.Below(9)) - 4);
    EXPECT_NEAR(SignedRankPValue(differences), CountedOut(differences), 1e-12) << testing::PrintToString(differences);
  }
}

TEST(SignedRankTest, NothingSpeaksAgainstNoDifferences) {
  EXPECT_EQ(SignedRankPValue({}), 1);
  EXPECT_EQ(SignedRankPValue({0, 0, 0}), 1);
}

TEST(SignedRankTest, TheApproximationContinuesTheExactValues) {
  std::vector<int> negative;
  for (int size = 2; size <= 50; size += 3) negative.push_back(size);
  const double exact = SignedRankPValue(Signed(50, negative));
  const double approximate = SignedRankPValue(Signed(51, negative));
  ASSERT_GT(exact, 0.001);
  // With one more positive rank, 51: z grows from 1.84 to 2.01.
  EXPECT_LT(approximate, exact);
  // n = 51: sum of negative ranks 442, mean 663, variance 51 * 52 * 103 / 24.
  const double z = (51 * 52 / 2 - 442 - 663) / std::sqrt(51 * 52 * 103 / 24.0);
  EXPECT_NEAR(approximate, std::erfc(z / std::sqrt(2.0)) / 2, 1e-12);
}

TEST(SignedRankTest, TheApproximationKnowsTiesAndZeros) {
  // 60 differences of size 1, 40 of them positive, and 10 zeros: ranks 5.5 and 40.5. By hand: the positive sum is
  // 40 * 40.5 + 10 * 5.5 / 2, half of all ranks 70 * 71 / 4, a quarter of their squares (60 * 40.5^2 + 10 * 5.5^2) / 4.
  std::vector<double> differences(70, 1.0);
  for (size_t i = 0; i < 20; ++i) differences[i] = -1;
  for (size_t i = 60; i < 70; ++i) differences[i] = 0;
  const double z = (40 * 40.5 + 27.5 - 1242.5) / std::sqrt((60 * 40.5 * 40.5 + 10 * 5.5 * 5.5) / 4);
  EXPECT_NEAR(SignedRankPValue(differences), std::erfc(z / std::sqrt(2.0)) / 2, 1e-12);
}

}  // namespace
}  // namespace parzen
