// Trees small enough to be grown by hand.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::HasSubstr;

// Classes 0 below 10, 1 above; the gap is from 4 to 16.
LabelledRows OneStep() { return Table({{1, 0}, {2, 0}, {4, 0}, {16, 1}, {18, 1}, {20, 1}}); }

LabelledRows Xor() { return Table({{0, 0, 0}, {0, 1, 1}, {1, 0, 1}, {1, 1, 0}}); }

// The class is the number of the step of four rows: 0 0 0 0 1 1 1 1 2 2 2 2 ...
LabelledRows Stairs(int steps) {
  std::vector<std::vector<float>> rows;
  for (int row = 0; row < 4 * steps; ++row) rows.push_back({static_cast<float>(row), static_cast<float>(row / 4)});
  return Table(rows);
}

TEST(DecisionTreeTest, CutsHalfWayBetweenTheClasses) {
  const Fitted tree("decision_tree {}", OneStep(), 2);
  EXPECT_EQ(tree.ClassOf({9.9f}), 0);
  EXPECT_EQ(tree.ClassOf({10.0f}), 0);  // x <= threshold goes left
  EXPECT_EQ(tree.ClassOf({10.1f}), 1);
}

TEST(DecisionTreeTest, LearnsXorThoughNoFirstCutHelps) {
  for (const char* model : {"decision_tree {}", "decision_tree { criterion: ENTROPY }"}) {
    EXPECT_EQ(Fitted(model, Xor(), 2).Accuracy(Xor()), 1);
  }
}

TEST(DecisionTreeTest, WithoutALimitItFitsDistinctRowsPerfectly) {
  const LabelledRows rows = Clouds(500, 5, 4);
  EXPECT_EQ(Fitted("decision_tree {}", rows, 4).Accuracy(rows), 1);
}

TEST(DecisionTreeTest, RowsThatOnlyDifferInClassShareALeaf) {
  const Fitted tree("decision_tree {}", Table({{5, 0}, {5, 1}, {5, 1}, {5, 1}}), 2);
  const FeatureMatrix shares = tree.Probabilities(FeatureMatrix::Constant(1, 1, 5));
  EXPECT_FLOAT_EQ(shares(0, 0), .25f);
  EXPECT_FLOAT_EQ(shares(0, 1), .75f);
}

TEST(DecisionTreeTest, DepthIsCountedInCuts) {
  const LabelledRows stairs = Stairs(8);
  const auto accuracy = [&](const std::string& depth) {  // entropy halves the stairs, Gini would take any step
    return Fitted("decision_tree { criterion: ENTROPY max_depth: " + depth + " }", stairs, 8).Accuracy(stairs);
  };
  EXPECT_EQ(accuracy("1"), 2. / 8);
  EXPECT_EQ(accuracy("2"), 4. / 8);
  EXPECT_EQ(accuracy("3"), 1);
}

TEST(DecisionTreeTest, NodeWithFewerRowsThanMinSamplesSplitIsALeaf) {
  EXPECT_EQ(Fitted("decision_tree { min_samples_split: 6 }", OneStep(), 2).Accuracy(OneStep()), 1);
  EXPECT_EQ(Fitted("decision_tree { min_samples_split: 7 }", OneStep(), 2).Accuracy(OneStep()), .5);
}

TEST(DecisionTreeTest, EachSideKeepsMinSamplesLeafRows) {
  // The best cut leaves one row on the left; with two wanted it moves up by one.
  const LabelledRows rows = Table({{1, 0}, {2, 1}, {3, 1}, {4, 1}, {5, 1}});
  EXPECT_EQ(Fitted("decision_tree { min_samples_leaf: 1 }", rows, 2).ClassOf({1}), 0);
  const FeatureMatrix shares =
      Fitted("decision_tree { min_samples_leaf: 2 }", rows, 2).Probabilities(FeatureMatrix::Constant(1, 1, 1));
  EXPECT_FLOAT_EQ(shares(0, 0), .5f);
}

TEST(DecisionTreeTest, NoCutIsMadeThatMinSamplesLeafForbids) {
  const Fitted tree("decision_tree { min_samples_leaf: 4 }", OneStep(), 2);
  EXPECT_FLOAT_EQ(tree.Probabilities(FeatureMatrix::Constant(1, 1, 1))(0, 0), .5f);
}

TEST(DecisionTreeTest, CutLiesHalfWayBetweenTheValuesOfItsNode) {
  // y takes class 2 away; that leaves x = 0 and x = 10, though other rows have values between.
  const LabelledRows rows = Table({{0, 0, 0}, {10, 0, 1}, {4, 1, 2}, {5, 1, 2}, {6, 1, 2}});
  const Fitted tree("decision_tree {}", rows, 3);
  EXPECT_EQ(tree.ClassOf({4.9f, 0}), 0);
  EXPECT_EQ(tree.ClassOf({5.1f, 0}), 1);
}

TEST(DecisionTreeTest, FeaturesConstantInANodeDoNotCountAsTried) {
  // One feature is tried at each cut. 39 features only tell class 0 from the others, and nothing once that is done.
  LabelledRows rows = Table({{0, 0}, {0, 0}, {1, 1}, {2, 2}, {1, 1}, {2, 2}});
  FeatureMatrix features = rows.features.replicate(1, 40);
  features.leftCols(39) = features.leftCols(39).cwiseMin(1.f);
  rows.features = features;
  for (int seed = 0; seed < 5; ++seed) {
    EXPECT_EQ(Fitted("decision_tree { max_features: \"1\" }", rows, 3, seed).Accuracy(rows), 1);
  }
}

TEST(DecisionTreeTest, FewerFeaturesToTryGiveAnotherTreeForAnotherSeed) {
  const LabelledRows rows = Clouds(300, 8, 3), others = Clouds(300, 8, 3, 0, 2);
  const auto shares = [&](const char* model, int seed) {
    return Fitted(model, rows, 3, seed).Probabilities(others.features);
  };
  EXPECT_NE(shares("decision_tree { max_features: \"2\" }", 1), shares("decision_tree { max_features: \"2\" }", 2));
  EXPECT_EQ(shares("decision_tree { max_features: \"2\" }", 3), shares("decision_tree { max_features: \"2\" }", 3));
}

TEST(DecisionTreeTest, GiniAndEntropyCanPreferDifferentCuts) {
  const LabelledRows rows = Clouds(400, 3, 5, 8);
  EXPECT_NE(Fitted("decision_tree { max_depth: 3 }", rows, 5).Probabilities(rows.features),
            Fitted("decision_tree { max_depth: 3 criterion: ENTROPY }", rows, 5).Probabilities(rows.features));
}

TEST(DecisionTreeTest, OneClassMakesOneLeaf) {
  const Fitted tree("decision_tree {}", Table({{1, 1}, {2, 1}, {3, 1}}), 3);
  EXPECT_EQ(tree.Probabilities(FeatureMatrix::Constant(1, 1, 9)), (FeatureMatrix(1, 3) << 0, 1, 0).finished());
}

TEST(DecisionTreeTest, ClassesThatAlternateMakeADeepTreeThatStillFits) {
  std::vector<std::vector<float>> rows;
  for (int row = 0; row < 3000; ++row) rows.push_back({static_cast<float>(row % 250), static_cast<float>(row % 2)});
  const LabelledRows table = Table(rows);
  EXPECT_EQ(Fitted("decision_tree {}", table, 2).Accuracy(table), 1);
}

TEST(DecisionTreeTest, LargeNodesAndSmallOnesAreCutByTheSameRule) {
  // Deep enough to pass through both sizes of blocks: each of the 40 steps has 500 rows.
  std::vector<std::vector<float>> rows;
  for (int row = 0; row < 20000; ++row) {
    rows.push_back({static_cast<float>(row % 40), 1, static_cast<float>(row % 40 * 7 % 10)});
  }
  const LabelledRows table = Table(rows);
  EXPECT_EQ(Fitted("decision_tree {}", table, 10).Accuracy(table), 1);
}

TEST(DecisionTreeTest, LeavesOfLargeDataHaveTheSharesOfTheirRows) {
  // 40 kinds of rows in shares 0:10, 1:9, ... 9:1; enough rows for several blocks.
  std::vector<std::vector<float>> rows;
  for (int row = 0; row < 20000; ++row) {
    const int kind = row % 40, turn = row / 40 % 10;
    rows.push_back({static_cast<float>(kind), turn < kind % 10 ? 0.f : 1.f});
  }
  const Fitted tree("decision_tree {}", Table(rows), 2);
  for (int kind = 0; kind < 40; ++kind) {
    const FeatureMatrix row = FeatureMatrix::Constant(1, 1, static_cast<float>(kind));
    EXPECT_FLOAT_EQ(tree.Probabilities(row)(0, 0), static_cast<float>(kind % 10) / 10) << kind;
  }
}

TEST(DecisionTreeTest, LastRowsOfLargeDataAreSeen) {
  std::vector<std::vector<float>> rows(33000, {0, 0});
  for (int last = 0; last < 5; ++last) rows[32995 + last] = {1, 1};
  const LabelledRows table = Table(rows);
  EXPECT_EQ(Fitted("decision_tree {}", table, 2).Accuracy(table), 1);
}

TEST(DecisionTreeTest, DataWithoutRowsIsRefused) {
  FitContext context{RandomStream(1, 0, "model")};
  const absl::Status status =
      (*MakeModel(ModelSpec("decision_tree {}")))->Fit(TrainingRows(LabelledRows(), 2), context);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("at least one row"));
}

}  // namespace
}  // namespace parzen
