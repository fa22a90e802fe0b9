// fANOVA and the mean decrease in impurity, and the trees that both look at.
#include <cmath>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/importance/regression_forest.h"
#include "studies/importance/tree_marginals.h"
#include "tests/studies/importance/importance_fixture.h"

namespace parzen {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

double Predict(const RegressionTree& tree, const ForestData& data, const std::vector<double>& point) {
  const TreeNode* node = &tree.nodes[0];
  while (node->column >= 0) {
    const double value = point[static_cast<size_t>(node->column)];
    const bool left =
        data.columns[static_cast<size_t>(node->column)].ordered ? value <= node->threshold : value == node->threshold;
    node = &tree.nodes[static_cast<size_t>(left ? node->left : node->right)];
  }
  return node->value;
}

std::vector<double> PointOf(const ForestData& data, size_t trial) {
  std::vector<double> point;
  for (const ForestColumn& column : data.columns) point.push_back(column.value[trial]);
  return point;
}

ForestData MixedForest(size_t trials) {
  return MakeForestData(
      RandomStudy({{"a", Float(-2, 3)}, {"b", Categories(4)}, {"c", Int(0, 7)}}, trials,
                  [](absl::Span<const double> u) { return std::sin(5 * u[0]) + (u[1] < 0.3 ? u[2] : 0.3 * u[0]); }));
}

TEST(ForestDataTest, OnlyParametersThatEveryTrialHasWithOneRangeAndSeveralValuesTakePart) {
  ImportanceData data = RandomStudy({{"sometimes", Float(0, 1), 2},
                                     {"single", Int(3, 3)},
                                     {"b", Float(0, 1)},
                                     {"a", Categories(2)},
                                     {"moved", Float(0, 1)}},
                                    10, [](absl::Span<const double> u) { return u[2]; });
  data.columns[4].domains.emplace_back(Float(0, 2));
  data.columns[4].domain[7] = 1;
  const ForestData forest = MakeForestData(data);
  ASSERT_THAT(forest.columns, SizeIs(2));
  EXPECT_EQ(forest.columns[0].parameter, 3u);  // by name
  EXPECT_EQ(forest.columns[1].parameter, 2u);
}

TEST(ForestDataTest, AHugeTargetIsBroughtToTheUnitInterval) {
  ImportanceData data = RandomStudy({{"x", Float(0, 1)}}, 3, [](absl::Span<const double>) { return 0; });
  data.target = {-1.7e308, 0, 1.7e308};
  EXPECT_THAT(MakeForestData(data).target, ElementsAre(-1, 0, 1));
}

TEST(RegressionForestTest, ATreeKnowsItsOwnSampleByHeart) {
  const ForestData data = MixedForest(200);
  ForestGrower grower(data, 64, 1);
  const RegressionTree tree = grower.Grow(0);
  size_t exact = 0;
  for (size_t trial = 0; trial < 200; ++trial) {
    if (std::abs(Predict(tree, data, PointOf(data, trial)) - data.target[trial]) < 1e-12) ++exact;
  }
  EXPECT_GT(exact, 100u);  // a bootstrap sample holds 63% of the trials
  EXPECT_LT(exact, 160u);
}

TEST(RegressionForestTest, NoTreeIsDeeperThanAllowed) {
  const ForestData data = MixedForest(200);
  ForestGrower grower(data, 3, 1);
  const RegressionTree tree = grower.Grow(0);
  std::vector<int> depth(tree.nodes.size());
  for (size_t i = 0; i < tree.nodes.size(); ++i) {
    if (tree.nodes[i].column < 0) continue;
    for (const int32_t child : {tree.nodes[i].left, tree.nodes[i].right})
      depth[static_cast<size_t>(child)] = depth[i] + 1;
  }
  EXPECT_EQ(*std::max_element(depth.begin(), depth.end()), 3);
}

TEST(RegressionForestTest, TheDecreasesOfAllSplitsAddUpToTheVarianceOfTheSample) {
  const ForestData data =
      MakeForestData(RandomStudy({{"x", Float(0, 1)}}, 64, [](absl::Span<const double> u) { return u[0]; }));
  ForestGrower grower(data, 64, 5);
  const RegressionTree tree = grower.Grow(2);
  // The same sample again, as the forest draws it.
  RandomStream stream(5, 2, "importance/forest");
  double sum = 0, squares = 0, decrease = 0;
  for (int i = 0; i < 64; ++i) {
    const double target = data.target[stream.Below(64)];
    sum += target;
    squares += target * target;
  }
  for (const TreeNode& node : tree.nodes) decrease += node.column >= 0 ? node.decrease : 0;
  EXPECT_NEAR(tree.nodes[0].value, sum / 64, 1e-12);
  EXPECT_NEAR(decrease, squares / 64 - sum * sum / 64 / 64, 1e-12);
}

TEST(RegressionForestTest, TheFirstSplitIsTheBestOfAll) {
  ImportanceData table;
  table.columns = {Column("noise", Int(0, 5), {0, 1, 2, 3, 4, 5}), Column("x", Float(0, 10), {0, 1, 2, 7, 8, 9})};
  table.target = {1, 1, 1, 5, 5, 5};
  std::set<double> thresholds;
  const ForestData data = MakeForestData(table);
  ForestGrower grower(data, 1, 0);
  for (int i = 0; i < 50; ++i) {
    const TreeNode root = grower.Grow(i).nodes[0];
    if (root.column == 1) thresholds.insert(root.threshold);
  }
  // Between the last low and the first high value that were drawn.
  EXPECT_EQ(thresholds.count(4.5), 1u);
  for (const double threshold : thresholds) EXPECT_TRUE(threshold >= 3 && threshold <= 5.5) << threshold;
}

TEST(RegressionForestTest, ATreeDependsOnItsNumberNotOnThoseGrownBefore) {
  const ForestData data = MixedForest(50);
  ForestGrower one(data, 64, 9), other(data, 64, 9);
  one.Grow(0);
  const RegressionTree late = one.Grow(1), early = other.Grow(1), another = other.Grow(2);
  ASSERT_EQ(late.nodes.size(), early.nodes.size());
  for (size_t i = 0; i < late.nodes.size(); ++i) {
    EXPECT_EQ(late.nodes[i].threshold, early.nodes[i].threshold);
    EXPECT_EQ(late.nodes[i].value, early.nodes[i].value);
  }
  EXPECT_NE(another.nodes[0].value, early.nodes[0].value);
}

// The same by brute force: the tree's prediction at the middle of every cell of a grid that is fine enough.
TEST(TreeMarginalsTest, VariancesAreThoseOfTheTreesPredictionsOverTheSpace) {
  const ForestData data = MakeForestData(RandomStudy(
      {{"a", Int(0, 16)}, {"b", Categories(5)}, {"c", Int(0, 8)}}, 60,
      [](absl::Span<const double> u) { return std::sin(5 * u[0]) + (u[1] < 0.3 ? 2 * u[2] : 0.3 * u[0]); }));
  ForestGrower grower(data, 64, 3);
  const RegressionTree tree = grower.Grow(0);
  const TreeVariance variance = MarginalVariances(data, tree);
  // Thresholds between whole numbers are multiples of a half.
  const int sizes[] = {32, 5, 16};
  double sum = 0, squares = 0;
  std::vector<double> marginals[] = {std::vector<double>(32), std::vector<double>(5), std::vector<double>(16)};
  for (int a = 0; a < 32; ++a) {
    for (int b = 0; b < 5; ++b) {
      for (int c = 0; c < 16; ++c) {
        const double value = Predict(tree, data, {(a + 0.5) / 2, double(b), (c + 0.5) / 2});
        sum += value;
        squares += value * value;
        marginals[0][a] += value / (5 * 16);
        marginals[1][b] += value / (32 * 16);
        marginals[2][c] += value / (32 * 5);
      }
    }
  }
  const double mean = sum / (32 * 5 * 16);
  EXPECT_NEAR(variance.total, squares / (32 * 5 * 16) - mean * mean, 1e-12);
  for (int i = 0; i < 3; ++i) {
    double expected = 0;
    for (const double marginal : marginals[i]) expected += (marginal - mean) * (marginal - mean) / sizes[i];
    EXPECT_NEAR(variance.first_order[i], expected, 1e-12) << i;
    EXPECT_GT(expected, 1e-4) << i;
  }
}

std::vector<std::string> Ranking(const std::map<std::string, double>& numbers) {
  std::vector<std::string> names;
  for (const auto& [name, number] : numbers) names.push_back(name);
  std::sort(names.begin(), names.end(),
            [&](const std::string& a, const std::string& b) { return numbers.at(a) > numbers.at(b); });
  return names;
}

void ExpectLikeOptuna(const std::string& evaluator, const std::string& golden) {
  std::map<std::string, double> shares = Shares(GoldenStudy(), evaluator);
  EXPECT_EQ(shares.at("i"), 0);  // some trials do not have it
  shares.erase("i");
  const std::map<std::string, double> expected = GoldenNumbers(golden);
  EXPECT_EQ(Ranking(shares), Ranking(expected));
  for (const auto& [name, share] : expected) EXPECT_NEAR(shares.at(name), share, 0.02) << name;
}

TEST(FanovaTest, RanksAsOptunaDoesAndAgreesWithinTwoPercent) {
  ExpectLikeOptuna("fanova { trees: 1000 }", "fanova_seed0_sklearn1.2");
}

TEST(MeanDecreaseImpurityTest, RanksAsOptunaDoesAndAgreesWithinTwoPercent) {
  ExpectLikeOptuna("mean_decrease_impurity { trees: 1000 }", "mdi_seed0_sklearn1.2");
}

TEST(FanovaTest, AnAdditiveFunctionIsExplainedInTheKnownShares) {
  // Var(3 a) : Var(b) = 9 : 1, and first-order effects explain nearly all of it.
  const ImportanceData data = RandomStudy({{"a", Float(0, 1)}, {"b", Float(0, 1)}}, 2000,
                                          [](absl::Span<const double> u) { return 3 * u[0] + u[1]; });
  const auto amounts = Amounts(data, "fanova {}");
  EXPECT_NEAR(amounts.at("a"), 0.9, 0.02);
  EXPECT_NEAR(amounts.at("b"), 0.1, 0.02);
}

TEST(FanovaTest, WhatParametersDoOnlyTogetherIsNoFirstOrderEffect) {
  const ImportanceData data =
      RandomStudy({{"a", Categories(2)}, {"b", Categories(2)}}, 400,
                  [](absl::Span<const double> u) { return (u[0] < 0.5) != (u[1] < 0.5) ? 1.0 : 0.0; });
  for (const auto& [name, amount] : Amounts(data, "fanova {}")) EXPECT_LT(amount, 0.05) << name;
}

TEST(ForestEvaluatorsTest, TheSeedChoosesTheForest) {
  for (const char* evaluator : {"fanova {}", "mean_decrease_impurity {}"}) {
    EXPECT_EQ(Amounts(GoldenStudy(), evaluator, 4), Amounts(GoldenStudy(), evaluator, 4));
    EXPECT_NE(Amounts(GoldenStudy(), evaluator, 4), Amounts(GoldenStudy(), evaluator, 5));
  }
}

}  // namespace
}  // namespace parzen
