// What many trees do together.
#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

TEST(RandomForestTest, IsBetterThanOneOfItsTreesAndMoreTreesDoNotOverfit) {
  const LabelledRows rows = Clouds(600, 10, 4), others = Clouds(2000, 10, 4, 0, 2);
  const double one = Fitted("random_forest { trees: 1 }", rows, 4).Accuracy(others);
  const double few = Fitted("random_forest { trees: 20 }", rows, 4).Accuracy(others);
  const double many = Fitted("random_forest { trees: 200 }", rows, 4).Accuracy(others);
  EXPECT_GT(few, one + .05);
  EXPECT_GT(many, few - .01);
}

TEST(RandomForestTest, ProbabilityIsTheMeanOfTheTreesShares) {
  // Without bootstrap and with one feature all trees are the same tree.
  const LabelledRows rows = Clouds(200, 1, 3, 6);
  const FeatureMatrix tree = Fitted("decision_tree {}", rows, 3).Probabilities(rows.features);
  const FeatureMatrix forest =
      Fitted("random_forest { trees: 7 bootstrap: false }", rows, 3).Probabilities(rows.features);
  EXPECT_TRUE(forest.isApprox(tree, 1e-6f));
}

TEST(RandomForestTest, BootstrapLeavesRowsOut) {
  const LabelledRows rows = Clouds(300, 4, 3);
  EXPECT_EQ(Fitted("random_forest { trees: 1 bootstrap: false }", rows, 3).Accuracy(rows), 1);
  const double drawn = Fitted("random_forest { trees: 1 }", rows, 3).Accuracy(rows);
  EXPECT_GT(drawn, .632);  // the rows drawn, about 63%, are right
  EXPECT_LT(drawn, .95);
}

TEST(RandomForestTest, RowsDrawnTwiceWeighTwice) {
  // All rows are alike, so a tree is one leaf with the shares of its eight draws, and half and half on average.
  const LabelledRows rows = Table({{1, 0}, {1, 1}, {1, 0}, {1, 1}, {1, 0}, {1, 1}, {1, 0}, {1, 1}});
  const auto share = [&](const char* model, int seed) {
    return Fitted(model, rows, 2, seed).Probabilities(FeatureMatrix::Ones(1, 1))(0, 0);
  };
  for (int seed = 0; seed < 20; ++seed) {
    const float eighths = 8 * share("random_forest { trees: 1 }", seed);
    EXPECT_EQ(eighths, std::round(eighths));
  }
  EXPECT_EQ(share("random_forest { trees: 1 bootstrap: false }", 1), .5f);
  EXPECT_NEAR(share("random_forest { trees: 4000 }", 1), .5, .01);
}

TEST(RandomForestTest, FewerTreesThanThreadsGiveTheSameForest) {
  // Then each tree is grown by several threads, its large nodes by trying features at once.
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  const LabelledRows rows = Clouds(9000, 30, 5, 16);
  const char* const model = "random_forest { trees: 2 }";
  const FeatureMatrix by_one = ProbabilitiesOnThreads(1, model, rows, 5);
  for (const int threads : {3, 8}) EXPECT_EQ(ProbabilitiesOnThreads(threads, model, rows, 5), by_one);
}

TEST(RandomForestTest, TryingFewOfManyFeaturesGivesTheSameForestForAnyNumberOfThreads) {
  // Then nodes are grown in one kind of block instead of two.
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  LabelledRows rows = Clouds(12000, 30, 5, 16);
  const FeatureMatrix wide = rows.features.replicate(1, 10);
  rows.features = wide;
  const char* const model = "random_forest { trees: 2 max_depth: 9 }";
  const FeatureMatrix by_one = ProbabilitiesOnThreads(1, model, rows, 5);
  for (const int threads : {2, 8}) EXPECT_EQ(ProbabilitiesOnThreads(threads, model, rows, 5), by_one);
}

TEST(RandomForestTest, TreesOfALongerForestBeginWithThoseOfAShorterOne) {
  const LabelledRows rows = Clouds(200, 4, 2);
  const FeatureMatrix one = Fitted("random_forest { trees: 1 max_depth: 2 }", rows, 2).Probabilities(rows.features);
  const FeatureMatrix two = Fitted("random_forest { trees: 2 max_depth: 2 }", rows, 2).Probabilities(rows.features);
  const FeatureMatrix second = 2 * two - one;
  EXPECT_GE(second.minCoeff(), -1e-6f);
  EXPECT_LE(second.maxCoeff(), 1 + 1e-6f);
  EXPECT_NE(one, two);
}

TEST(RandomForestTest, TreesDifferInRowsAndFeatures) {
  const LabelledRows rows = Clouds(200, 9, 2);
  const auto shares = [&](const std::string& options) {
    return Fitted("random_forest { trees: 1 " + options + " }", rows, 2).Probabilities(rows.features);
  };
  EXPECT_NE(shares("bootstrap: false max_depth: 2"), shares("bootstrap: false max_depth: 2 max_features: \"all\""));
  EXPECT_NE(shares("max_depth: 2"), shares("bootstrap: false max_depth: 2"));
}

TEST(RandomForestTest, MoreThanSixteenClassesAreLearned) {
  const LabelledRows rows = Clouds(2000, 12, 24), others = Clouds(1000, 12, 24, 0, 2);
  EXPECT_GT(Fitted("random_forest { trees: 50 }", rows, 24).Accuracy(others), .4);
}

}  // namespace
}  // namespace parzen
