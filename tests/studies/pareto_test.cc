// Ranks, crowding and volumes against definitions applied by brute force.
#include "studies/pareto.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Points = std::vector<std::vector<double>>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Whole numbers below `values`, so that ties, equal points and dominated ones all occur.
Points DrawPoints(size_t count, size_t objectives, int values, uint64_t seed) {
  RandomStream random(seed, 0, "points");
  Points points(count, std::vector<double>(objectives));
  for (auto& point : points) {
    for (double& value : point) value = static_cast<double>(random.Below(values));
  }
  return points;
}

bool Dominates(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t m = 0; m < a.size(); ++m) {
    if (a[m] > b[m]) return false;
  }
  return a != b;
}

// Fronts peeled off one by one.
std::vector<int> PeeledRanks(const Points& points) {
  std::vector<int> ranks(points.size(), -1);
  for (int rank = 0; std::find(ranks.begin(), ranks.end(), -1) != ranks.end(); ++rank) {
    const std::vector<int> before = ranks;
    for (size_t i = 0; i < points.size(); ++i) {
      bool dominated = false;
      for (size_t j = 0; j < points.size(); ++j) dominated |= before[j] == -1 && Dominates(points[j], points[i]);
      if (before[i] == -1 && !dominated) ranks[i] = rank;
    }
  }
  return ranks;
}

// Unit cells of a whole-number grid that some point dominates, counted one by one.
double CountCells(const Points& points, const std::vector<double>& reference) {
  std::vector<int> cell(reference.size(), 0);
  double count = 0;
  while (true) {
    for (const auto& point : points) {
      bool inside = true;
      for (size_t m = 0; m < cell.size(); ++m) inside &= point[m] <= cell[m];
      if (!inside) continue;
      ++count;
      break;
    }
    size_t m = 0;
    while (m < cell.size() && ++cell[m] == reference[m]) cell[m++] = 0;
    if (m == cell.size()) return count;
  }
}

TEST(NonDominationRanksTest, RanksAreThoseOfFrontsPeeledOffOneByOne) {
  for (const size_t objectives : {1, 2, 3, 5}) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const Points points = DrawPoints(60, objectives, seed % 2 == 0 ? 6 : 1000, seed);
      EXPECT_EQ(NonDominationRanks(points), PeeledRanks(points)) << objectives << " objectives, seed " << seed;
    }
  }
}

TEST(NonDominationRanksTest, InfinitiesAreTheBestAndTheWorstValues) {
  EXPECT_THAT(NonDominationRanks(Points{{kInfinity, 0}, {-kInfinity, 1}, {-kInfinity, 0}, {kInfinity, kInfinity}}),
              ElementsAre(1, 1, 0, 2));
}

TEST(NonDominationRanksTest, NoPointsHaveNoRanks) { EXPECT_THAT(NonDominationRanks(Points{}), IsEmpty()); }

TEST(FirstFrontTest, ItHasThePointsOfRankZero) {
  for (const size_t objectives : {1, 2, 3, 5}) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const Points points = DrawPoints(60, objectives, seed % 2 == 0 ? 3 : 1000, seed);
      const std::vector<int> ranks = PeeledRanks(points);
      std::vector<size_t> first;
      for (size_t i = 0; i < ranks.size(); ++i) {
        if (ranks[i] == 0) first.push_back(i);
      }
      EXPECT_EQ(*FirstFront(points, [] { return absl::OkStatus(); }), first) << objectives << " objectives, " << seed;
    }
  }
}

TEST(FirstFrontTest, AnErrorOfTheCheckEndsIt) {
  int asked = 0;
  const auto check = [&] { return ++asked < 3 ? absl::OkStatus() : absl::CancelledError("enough"); };
  EXPECT_TRUE(absl::IsCancelled(FirstFront(DrawPoints(60, 2, 1000, 1), check).status()));
  EXPECT_EQ(asked, 3);
}

TEST(CrowdingDistancesTest, ADistanceIsTheNeighboursGapAsAShareOfTheWidth) {
  EXPECT_THAT(CrowdingDistances(Points{{4, 0}, {0, 8}, {1, 6}, {3, 2}}),
              ElementsAre(kInfinity, kInfinity, DoubleEq(3.0 / 4 + 6.0 / 8), DoubleEq(3.0 / 4 + 6.0 / 8)));
}

TEST(CrowdingDistancesTest, InfiniteValuesGiveNoNaN) {
  const std::vector<double> distances =
      CrowdingDistances(Points{{-kInfinity, 3}, {-kInfinity, 3}, {-kInfinity, 3}, {1, 2}, {2, 1}, {kInfinity, 0}});
  EXPECT_THAT(distances, ElementsAre(kInfinity, 0, kInfinity, kInfinity, kInfinity, kInfinity));
}

TEST(CrowdingDistancesTest, EqualPointsAreCrowded) {
  EXPECT_THAT(CrowdingDistances(Points{{1, 1}, {1, 1}, {1, 1}}), ElementsAre(kInfinity, 0, kInfinity));
}

TEST(HypervolumeTest, TheVolumeIsThatOfTheCellsThatAreDominated) {
  for (const auto& [objectives, width] : {std::pair<size_t, int>{1, 20}, {2, 20}, {3, 9}, {4, 6}, {5, 4}}) {
    const std::vector<double> reference(objectives, width);
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const Points points = DrawPoints(3 + seed, objectives, width + 2, seed);  // some lie outside
      EXPECT_EQ(Hypervolume(points, reference), CountCells(points, reference)) << objectives << ", seed " << seed;
    }
  }
}

TEST(HypervolumeTest, APointOnTheReferenceAddsNothing) {
  EXPECT_EQ(Hypervolume(Points{{0, 2}, {3, 1}}, {3, 2}), 0);
  EXPECT_EQ(Hypervolume(Points{{0, -kInfinity}}, {0, 2}), 0);
}

TEST(HypervolumeTest, InfiniteSidesMakeAnInfiniteVolume) {
  EXPECT_EQ(Hypervolume(Points{{0, -kInfinity}, {1, 1}}, {3, 2}), kInfinity);
  EXPECT_EQ(Hypervolume(Points{{0, 1}}, {3, kInfinity}), kInfinity);
  EXPECT_EQ(Hypervolume(Points{{kInfinity, 1}}, {3, kInfinity}), 0);
}

// The greedy choice without shortcuts: the whole volume is computed for every candidate.
std::vector<size_t> PlainGreedy(const Points& points, size_t k, const std::vector<double>& reference) {
  std::vector<size_t> subset;
  Points chosen;
  while (subset.size() < k) {
    double best_volume = -1;
    size_t best = 0;
    for (size_t i = 0; i < points.size(); ++i) {
      if (std::find(subset.begin(), subset.end(), i) != subset.end()) continue;
      chosen.push_back(points[i]);
      const double volume = Hypervolume(chosen, reference);
      chosen.pop_back();
      if (volume > best_volume) best_volume = volume, best = i;
    }
    subset.push_back(best);
    chosen.push_back(points[best]);
  }
  return subset;
}

TEST(GreedyHypervolumeSubsetTest, TheLazyChoiceIsTheGreedyOne) {
  for (const size_t objectives : {1, 2, 3, 4}) {
    // Eighths, so that the stretched volumes are exact and ties are ties.
    const std::vector<double> reference(objectives, 8);
    for (uint64_t seed = 0; seed < 20; ++seed) {
      Points points = DrawPoints(16, objectives, 9, seed);
      points.push_back(std::vector<double>(objectives, 0));
      points.push_back(std::vector<double>(objectives, 8));
      EXPECT_EQ(GreedyHypervolumeSubset(points, 9, reference), PlainGreedy(points, 9, reference))
          << objectives << " objectives, seed " << seed;
    }
  }
}

TEST(GreedyHypervolumeSubsetTest, AllPointsAreChosenWhenThereAreNotMore) {
  EXPECT_THAT(GreedyHypervolumeSubset(Points{{1, 2}, {0, 0}}, 5, {3, 3}), ElementsAre(1, 0));
  EXPECT_THAT(GreedyHypervolumeSubset(Points{}, 5, {3, 3}), IsEmpty());
}

TEST(GreedyHypervolumeSubsetTest, AnInfinitelyGoodPointComesFirst) {
  EXPECT_THAT(GreedyHypervolumeSubset(Points{{1, 1}, {0.5, -kInfinity}, {kInfinity, 0}}, 2, {2, kInfinity}),
              ElementsAre(1, 0));
}

}  // namespace
}  // namespace parzen
