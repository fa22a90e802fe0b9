// What keeps trees small, and what rows count.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::HasSubstr;

double Leaves(const std::string& model, const LabelledRows& rows, int classes) {
  return Fitted(model, rows, classes).Description().leaves();
}

// Class 0 below 10, then 1; far above, where few rows are, 2 and 3.
LabelledRows TwoSteps() {
  return Table({{1, 0}, {2, 0}, {3, 0}, {4, 0}, {11, 1}, {12, 1}, {13, 1}, {14, 1}, {30, 2}, {40, 3}});
}

TEST(TreeLimitsTest, NoTreeHasMoreLeavesThanAllowed) {
  const LabelledRows rows = Clouds(600, 5, 4);
  for (const int most : {1, 2, 3, 17}) {
    const std::string limit = "max_leaf_nodes: " + std::to_string(most);
    EXPECT_EQ(Leaves("decision_tree { " + limit + " }", rows, 4), most);
    EXPECT_EQ(Leaves("random_forest { trees: 3 " + limit + " }", rows, 4), 3 * most);
    EXPECT_EQ(Leaves("extra_trees { trees: 3 " + limit + " }", rows, 4), 3 * most);
  }
}

TEST(TreeLimitsTest, EnoughLeavesGiveTheTreeThatHasNoLimit) {
  const LabelledRows rows = Clouds(900, 5, 4, 16);
  for (const std::string model : {"decision_tree", "random_forest", "extra_trees"}) {
    EXPECT_EQ(Fitted(model + " { max_leaf_nodes: 100000 }", rows, 4).Probabilities(rows.features),
              Fitted(model + " {}", rows, 4).Probabilities(rows.features));
  }
}

TEST(TreeLimitsTest, TheSplitThatGainsMostIsMadeFirst) {
  // A depth of 1 parts 0 from the rest; the next best split parts 1 from {2, 3}, and only a fourth leaf parts these.
  const LabelledRows rows = TwoSteps();
  EXPECT_EQ(Fitted("decision_tree { max_leaf_nodes: 3 }", rows, 4).Accuracy(rows), .9);
  EXPECT_EQ(Fitted("decision_tree { max_leaf_nodes: 4 }", rows, 4).Accuracy(rows), 1);
}

TEST(TreeLimitsTest, DepthStillLimitsATreeOfFewLeaves) {
  EXPECT_EQ(Leaves("decision_tree { max_leaf_nodes: 100 max_depth: 2 }", Clouds(600, 5, 4), 4), 4);
}

TEST(TreeLimitsTest, SplitsMustLowerImpurityByTheShareAskedFor) {
  // 10 rows. Gini of all: 1 - (.16 + .16 + .01 + .01) = .66. Parting 0 from the rest lowers it by
  // .66 - .6 * (1 - (16 + 1 + 1) / 36) = .36; parting 1 from 2 and 3 by .6 * .5 - .2 * .5 = .2; 2 from 3 by .2 * .5.
  const LabelledRows rows = TwoSteps();
  const auto leaves = [&](const std::string& least) {
    return Leaves("decision_tree { min_impurity_decrease: " + least + " }", rows, 4);
  };
  EXPECT_EQ(leaves("0.37"), 1);
  EXPECT_EQ(leaves("0.35"), 2);
  EXPECT_EQ(leaves("0.21"), 2);
  EXPECT_EQ(leaves("0.19"), 3);
  EXPECT_EQ(leaves("0.1"), 4);  // exactly as much is enough
}

TEST(TreeLimitsTest, SplitsThatGainNothingAreMadeWhenNothingIsAskedFor) {
  const LabelledRows exclusive = Table({{0, 0, 0}, {0, 1, 1}, {1, 0, 1}, {1, 1, 0}});
  EXPECT_EQ(Leaves("decision_tree {}", exclusive, 2), 4);
  EXPECT_EQ(Leaves("decision_tree { min_impurity_decrease: 1e-6 }", exclusive, 2), 1);
}

TEST(TreeLimitsTest, BestFirstGrowthIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  const LabelledRows rows = Clouds(6000, 30, 5, 16);
  for (const char* model : {"decision_tree { max_leaf_nodes: 60 }", "random_forest { trees: 2 max_leaf_nodes: 60 }",
                            "extra_trees { trees: 2 max_leaf_nodes: 60 class_weight: BALANCED }"}) {
    const FeatureMatrix by_one = ProbabilitiesOnThreads(1, model, rows, 5);
    for (const int threads : {2, 8}) EXPECT_EQ(ProbabilitiesOnThreads(threads, model, rows, 5), by_one) << model;
  }
}

TEST(TreeLimitsTest, BalancedClassesCountTheSame) {
  // Nine of class 0 against one of class 1, all alike: balanced, a leaf says half and half.
  std::vector<std::vector<float>> rows(10, {1, 0});
  rows[3] = {1, 1};
  for (const std::string model : {"decision_tree", "random_forest", "extra_trees"}) {
    const std::string few = model == "decision_tree" ? "" : "bootstrap: false trees: 2 ";
    const Fitted fitted(model + " { " + few + "class_weight: BALANCED }", Table(rows), 2);
    EXPECT_FLOAT_EQ(fitted.Probabilities(FeatureMatrix::Ones(1, 1))(0, 1), .5f) << model;
  }
}

TEST(TreeLimitsTest, BalancedWeightsOfEquallyManyRowsChangeNothing) {
  LabelledRows rows = Clouds(600, 5, 4);
  for (int64_t row = 0; row < rows.rows(); ++row) rows.labels[row] = static_cast<int32_t>(row % 4);
  for (const std::string criterion : {"GINI", "ENTROPY"}) {
    const std::string options = "max_depth: 4 criterion: " + criterion;
    EXPECT_EQ(Fitted("decision_tree { " + options + " class_weight: BALANCED }", rows, 4).Probabilities(rows.features),
              Fitted("decision_tree { " + options + " }", rows, 4).Probabilities(rows.features));
  }
}

TEST(TreeLimitsTest, WrongOptionsAreRefusedByName) {
  EXPECT_THAT(MakeError("decision_tree { min_impurity_decrease: -0.1 }"),
              HasSubstr("decision_tree.min_impurity_decrease: -0.1 is not at least 0"));
  EXPECT_THAT(MakeError("random_forest { min_impurity_decrease: nan }"), HasSubstr("min_impurity_decrease"));
  EXPECT_THAT(MakeError("extra_trees { max_leaf_nodes: -1 }"), HasSubstr("extra_trees.max_leaf_nodes: -1"));
  EXPECT_THAT(MakeError("extra_trees { out_of_bag: true }"), HasSubstr("set bootstrap: true"));
  EXPECT_EQ(MakeError("extra_trees { out_of_bag: true bootstrap: true }"), "");
}

}  // namespace
}  // namespace parzen
