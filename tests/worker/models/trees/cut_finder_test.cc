// The best cut is the one that trying every cut finds, however classes are counted inside.
#include <algorithm>
#include <cmath>
#include <set>

#include "base/random_stream.h"
#include "gtest/gtest.h"
#include "worker/models/trees/class_cut_finder.h"
#include "worker/models/trees/tree_options.h"

namespace parzen {
namespace {

constexpr uint8_t kCommon = 9;

// A node: its samples, and one column of codes.
struct Node {
  std::vector<Sample> samples;  // the i-th is row i
  std::vector<uint8_t> codes;
  std::vector<uint64_t> uncommon;

  CodeColumn Column() {
    uncommon.assign((codes.size() + 63) / 64, 0);
    for (size_t row = 0; row < codes.size(); ++row) {
      uncommon[row / 64] |= uint64_t{codes[row] != kCommon} << row % 64;
    }
    return {codes.data(), uncommon.data(), kCommon};
  }
  void Enter(CutFinder& finder) const {
    finder.Enter({{nullptr, 0, nullptr, (samples.size() + 63) / 64, nullptr}, samples.data()}, samples.data(),
                 samples.size());
  }
};

// `spread` codes, of which one is the most common.
Node RandomNode(int count, int classes, int spread, int heaviest, uint64_t seed) {
  RandomStream stream(seed, 0, "node");
  Node node;
  for (int i = 0; i < count; ++i) {
    node.codes.push_back(stream.Below(2) == 0 ? kCommon : static_cast<uint8_t>(stream.Below(spread)));
    node.samples.push_back({static_cast<uint32_t>(i), static_cast<uint16_t>(stream.Below(classes)),
                            static_cast<uint16_t>(1 + stream.Below(heaviest))});
  }
  return node;
}

double SideScore(const std::vector<double>& weights, Criterion criterion) {
  double total = 0, squares = 0, entropy = 0;
  for (const double weight : weights) total += weight;
  for (const double weight : weights) {
    squares += weight * weight / total;
    if (weight > 0) entropy += weight * std::log2(weight / total);
  }
  return criterion == GINI ? squares : entropy;
}

// Tries the cut above every code. Score -infinity: no cut is allowed.
Cut BestByTryingAll(const Node& node, int classes, const TreeOptions& options,
                    const std::vector<double>& class_weights) {
  Cut best;
  const std::set<int> codes(node.codes.begin(), node.codes.end());
  for (auto low = codes.begin(); std::next(low) != codes.end(); ++low) {
    std::vector<double> sides[2] = {std::vector<double>(classes), std::vector<double>(classes)};
    int rows[2] = {0, 0};
    for (const Sample& sample : node.samples) {
      const int side = node.codes[sample.row] <= *low ? 0 : 1;
      sides[side][sample.label] += sample.weight * (class_weights.empty() ? 1 : class_weights[sample.label]);
      ++rows[side];
    }
    if (std::min(rows[0], rows[1]) < options.min_samples_leaf) continue;
    const double score = SideScore(sides[0], options.criterion) + SideScore(sides[1], options.criterion);
    if (score > best.score + 1e-9 * std::abs(score)) {
      best = {score, 0, static_cast<uint8_t>(*low), static_cast<uint8_t>(*std::next(low))};
    }
  }
  return best;
}

class CutFinderTest : public testing::Test {
 protected:
  void ExpectBestCut(Node node, int classes) {
    int64_t weight = 0;
    for (const Sample& sample : node.samples) weight += sample.weight;
    const ClassImpurity impurity(options_.criterion, weight, class_weights_);
    ClassCutFinder finder(classes, options_.min_samples_leaf, impurity);
    const Cut expected = BestByTryingAll(node, classes, options_, class_weights_);
    for (int again = 0; again < 2; ++again) {  // a search must leave nothing behind
      Cut best;
      node.Enter(finder);
      EXPECT_TRUE(finder.Find(0, .5, node.Column(), best));
      if (std::isinf(expected.score)) {
        EXPECT_EQ(best.feature, -1);
        continue;
      }
      EXPECT_NEAR(best.score, expected.score, 1e-9 * std::abs(expected.score) + 1e-9);
      EXPECT_EQ(best.low, expected.low);
      EXPECT_EQ(best.high, expected.high);
    }
  }

  TreeOptions options_;
  std::vector<double> class_weights_;
};

TEST_F(CutFinderTest, FewSamplesAndFewClassesGetTheBestCut) {
  for (int seed = 0; seed < 50; ++seed) ExpectBestCut(RandomNode(3 + seed, 10, 200, 3, seed), 10);
}

TEST_F(CutFinderTest, ManySamplesGetTheBestCut) {
  for (int seed = 0; seed < 5; ++seed) ExpectBestCut(RandomNode(3000, 10, 256, 3, seed), 10);
}

TEST_F(CutFinderTest, AsManyClassesAsAVectorHoldsAndOneMoreAreCountedInDifferentWaysButCutTheSame) {
  for (const int classes : {16, 32}) {
    for (const int rows : {40, 500}) {
      const Node node = RandomNode(rows, classes, 100, 3, 1);
      ExpectBestCut(node, classes);
      ExpectBestCut(node, classes + 1);
    }
  }
}

TEST_F(CutFinderTest, WeightJustBelowAndAboveSixteenBitsIsCountedExactly) {
  for (const int heaviest : {60, 70, 200, 1000}) ExpectBestCut(RandomNode(1000, 2, 256, heaviest, 1), 2);
}

TEST_F(CutFinderTest, EntropyGetsTheBestCut) {
  options_.criterion = ENTROPY;
  for (int seed = 0; seed < 20; ++seed) ExpectBestCut(RandomNode(3 + 10 * seed, 5, 200, 3, seed), 5);
}

TEST_F(CutFinderTest, WeightedClassesGetTheBestCut) {
  class_weights_ = {.2, 3, 1, .7, 2.5};
  for (const Criterion criterion : {GINI, ENTROPY}) {
    options_.criterion = criterion;
    for (int seed = 0; seed < 20; ++seed) ExpectBestCut(RandomNode(3 + 10 * seed, 5, 200, 3, seed), 5);
  }
}

TEST_F(CutFinderTest, SidesWithTooFewRowsAreNotCut) {
  for (const int least : {2, 5, 20, 25, 26}) {
    options_.min_samples_leaf = least;
    for (int seed = 0; seed < 10; ++seed) ExpectBestCut(RandomNode(50, 4, 30, 9, seed), 4);
  }
}

TEST_F(CutFinderTest, FeatureThatSamplesAgreeInIsReportedAsConstant) {
  const ClassImpurity impurity(GINI, 100);
  ClassCutFinder finder(2, 1, impurity);
  Node node = RandomNode(70, 2, 200, 1, 1);
  node.Enter(finder);
  for (const int code : {int{kCommon}, 3}) {  // the common code and another
    std::fill(node.codes.begin(), node.codes.end(), static_cast<uint8_t>(code));
    Cut best;
    EXPECT_FALSE(finder.Find(0, .5, node.Column(), best));
    EXPECT_EQ(best.feature, -1);
  }
}

TEST_F(CutFinderTest, EqualScoreDoesNotReplaceAnEarlierFeature) {
  const ClassImpurity impurity(GINI, 100);
  ClassCutFinder finder(2, 1, impurity);
  Node node = RandomNode(40, 2, 50, 1, 1);
  node.Enter(finder);
  Cut best;
  finder.Find(4, .5, node.Column(), best);
  finder.Find(5, .5, node.Column(), best);
  EXPECT_EQ(best.feature, 4);
}

TEST_F(CutFinderTest, CutThatSeparatesTheClassesIsPerfect) {
  const ClassImpurity impurity(GINI, 100);
  ClassCutFinder finder(2, 1, impurity);
  Node mixed{{{0, 0, 2}, {1, 1, 1}, {2, 1, 3}}, {10, 200, kCommon}, {}}, apart = mixed;
  apart.codes[2] = 180;
  mixed.Enter(finder);
  Cut best;
  finder.Find(0, .5, mixed.Column(), best);
  EXPECT_FALSE(finder.IsPerfect(best.score));
  finder.Find(1, .5, apart.Column(), best);
  EXPECT_TRUE(finder.IsPerfect(best.score));
}

}  // namespace
}  // namespace parzen
