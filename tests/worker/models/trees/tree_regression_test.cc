// Trees that predict numbers: leaves hold means, cuts lower the squared error.
#include <cmath>
#include <limits>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tests/worker/models/fitted.h"
#include "worker/models/trees/scaled_targets.h"
#include "worker/models/trees/target_cut_finder.h"

namespace parzen {
namespace {

using testing::HasSubstr;

// The last number of each row is its target.
LabelledRows Targets(const std::vector<std::vector<float>>& rows_with_targets) {
  LabelledRows rows = Table(rows_with_targets);
  for (const std::vector<float>& row : rows_with_targets) rows.targets.push_back(row.back());
  rows.labels.assign(rows_with_targets.size(), 0);
  return rows;
}

// A wave over two of five features, and some noise.
LabelledRows Waves(int count, uint64_t seed = 1) {
  RandomStream stream(seed, 0, "waves");
  LabelledRows rows;
  rows.features.resize(count, 5);
  for (int row = 0; row < count; ++row) {
    for (int f = 0; f < 5; ++f) rows.features(row, f) = static_cast<float>(stream.Uniform());
    const double wave = std::sin(6 * rows.features(row, 1)) + 2 * rows.features(row, 3);
    rows.targets.push_back(static_cast<float>(1000 + wave + .1 * stream.Normal()));
    rows.labels.push_back(0);
  }
  return rows;
}

double R2(const FeatureMatrix& predicted, const LabelledRows& rows) {
  const Eigen::Map<const Eigen::VectorXf> targets(rows.targets.data(), rows.rows());
  const Eigen::ArrayXd truth = targets.cast<double>(), guess = predicted.col(0).cast<double>();
  return 1 - (truth - guess).square().sum() / (truth - truth.mean()).square().sum();
}

TEST(TreeRegressionTest, LeavesHoldTheMeansOfTheirRows) {
  const LabelledRows rows = Targets({{1, 10}, {2, 20}, {11, 100}, {12, 104}});
  const Fitted tree("decision_tree { max_depth: 1 }", rows, 0);
  const FeatureMatrix predicted = tree.Probabilities((FeatureMatrix(3, 1) << 1, 6.4f, 6.6f).finished());
  EXPECT_EQ(predicted, (FeatureMatrix(3, 1) << 15, 15, 102).finished());
}

TEST(TreeRegressionTest, WithoutALimitDistinctRowsAreFittedPerfectly) {
  const LabelledRows rows = Waves(200);
  const FeatureMatrix predicted = Fitted("decision_tree {}", rows, 0).Probabilities(rows.features);
  for (int64_t row = 0; row < 200; ++row) EXPECT_EQ(predicted(row, 0), rows.targets[row]);
}

TEST(TreeRegressionTest, ForestsDoBetterThanATree) {
  const LabelledRows rows = Waves(400), others = Waves(400, 2);
  const auto r2 = [&](const char* model) { return R2(Fitted(model, rows, 0).Probabilities(others.features), others); };
  const double tree = r2("decision_tree {}");
  EXPECT_GT(tree, .8);
  EXPECT_GT(r2("random_forest { trees: 40 max_features: \"all\" }"), tree + .01);
  EXPECT_GT(r2("extra_trees { trees: 40 max_features: \"all\" }"), tree + .01);
}

TEST(TreeRegressionTest, ForestsTryAllFeaturesUnlessTheyAreToldOtherwise) {
  const LabelledRows rows = Waves(100);
  for (const std::string forest : {"random_forest { trees: 3 ", "extra_trees { trees: 3 "}) {
    const auto state = [&](const char* more) { return Fitted(forest + more + " }", rows, 0).State(); };
    EXPECT_EQ(state(""), state("max_features: 'all'"));
    EXPECT_NE(state(""), state("max_features: 'sqrt'"));
  }
}

TEST(TreeRegressionTest, TheCutIsTheOneThatLowersSquaredErrorMost) {
  RandomStream stream(3, 0, "cuts");
  for (int round = 0; round < 20; ++round) {
    std::vector<float> targets;
    std::vector<Sample> samples;
    std::vector<uint8_t> codes;
    for (uint32_t i = 0; i < 60; ++i) {
      targets.push_back(static_cast<float>(stream.Normal()));
      samples.push_back({i, 0, static_cast<uint16_t>(1 + stream.Below(3))});
      codes.push_back(static_cast<uint8_t>(stream.Below(30)));
    }
    double best = -1;
    int best_low = -1;
    for (int low = 0; low < 29; ++low) {  // try them all
      double sums[2] = {0, 0}, weights[2] = {0, 0}, rows[2] = {0, 0};
      for (const Sample& sample : samples) {
        const int side = codes[sample.row] > low;
        sums[side] += sample.weight * targets[sample.row];
        weights[side] += sample.weight;
        ++rows[side];
      }
      if (std::min(rows[0], rows[1]) < 5) continue;
      const double score = sums[0] * sums[0] / weights[0] + sums[1] * sums[1] / weights[1];
      if (score > best + 1e-9) {
        best = score;
        best_low = low;
      }
    }
    const ScaledTargets scaled(targets);
    TargetCutFinder finder(5, scaled);
    finder.Enter({{}, samples.data(), scaled.scaled().data()}, samples.data(), samples.size());
    Cut cut;
    EXPECT_TRUE(finder.Find(7, .5, {codes.data(), nullptr, 0}, cut));
    EXPECT_EQ(cut.low, best_low);
    EXPECT_EQ(cut.feature, 7);
  }
}

TEST(TreeRegressionTest, SplitsMustLowerMeanSquaredErrorByWhatIsAskedFor) {
  // The variance of all four is 16, of either half 1: the first split lowers it by 15, the others by 1 / 2 each.
  const LabelledRows rows = Targets({{1, 0}, {2, 2}, {3, 8}, {4, 10}});
  const auto leaves = [&](const std::string& least) {
    return Fitted("decision_tree { min_impurity_decrease: " + least + " }", rows, 0).Description().leaves();
  };
  EXPECT_EQ(leaves("16.01"), 1);
  EXPECT_EQ(leaves("15.99"), 2);
  EXPECT_EQ(leaves("0.51"), 2);
  EXPECT_EQ(leaves("0.5"), 4);
}

TEST(TreeRegressionTest, ResultIsTheSameForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  const LabelledRows rows = Waves(9000);
  for (const char* model : {"decision_tree {}", "random_forest { trees: 2 }", "extra_trees { trees: 9 }",
                            "random_forest { trees: 2 max_leaf_nodes: 50 }"}) {
    const FeatureMatrix by_one = ProbabilitiesOnThreads(1, model, rows, 0);
    for (const int threads : {2, 8}) EXPECT_EQ(ProbabilitiesOnThreads(threads, model, rows, 0), by_one) << model;
  }
}

TEST(TreeRegressionTest, OutOfBagR2TellsHowWellUnseenRowsArePredicted) {
  const LabelledRows rows = Waves(500), others = Waves(2000, 2);
  const Fitted forest("random_forest { trees: 60 out_of_bag: true }", rows, 0);
  const double unseen = R2(forest.Probabilities(others.features), others);
  EXPECT_NEAR(forest.Description().out_of_bag_r2(), unseen, .05);
  EXPECT_FALSE(forest.Description().has_out_of_bag_accuracy());
}

TEST(TreeRegressionTest, ALoadedTreePredictsTheSameBits) {
  const LabelledRows rows = Waves(300);
  const Fitted forest("random_forest { trees: 3 }", rows, 0);
  const std::string state = forest.State();
  const std::unique_ptr<Model> loaded = *MakeModel(ModelSpec("random_forest { trees: 3 }"));
  ArchiveReader reader(state);
  ASSERT_TRUE(loaded->Load(reader, 5, 0).ok());
  EXPECT_EQ(loaded->Predict(rows.features), forest.Probabilities(rows.features));
}

TEST(TreeRegressionTest, ClassWeightsAreRefused) {
  FitContext context{RandomStream(1, 0, "model")};
  const absl::Status status =
      (*MakeModel(ModelSpec("decision_tree { class_weight: BALANCED }")))->Fit(TrainingRows(Waves(10), 0), context);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("a regression has no classes"));
}

TEST(TreeRegressionTest, TargetsOfAnySizeAreFitted) {
  for (const float size : {1e-30f, 1.f, 1e30f, std::numeric_limits<float>::max()}) {
    const LabelledRows rows = Targets({{1, -size}, {2, size}, {3, size / 2}, {4, 0}});
    for (const char* model : {"decision_tree {}", "extra_trees { trees: 1 }"}) {
      const FeatureMatrix predicted = Fitted(model, rows, 0).Probabilities(rows.features);
      for (int64_t row = 0; row < 4; ++row) EXPECT_EQ(predicted(row, 0), rows.targets[row]) << model;
    }
  }
}

TEST(TreeRegressionTest, EqualTargetsMakeOneLeaf) {
  for (const std::string model : {"decision_tree {}", "random_forest { trees: 1 }", "extra_trees { trees: 1 }"}) {
    const Fitted tree(model, Targets({{1, .7f}, {2, .7f}, {3, .7f}}), 0);
    EXPECT_EQ(tree.Description().leaves(), 1);
    EXPECT_EQ(tree.Probabilities(FeatureMatrix::Ones(1, 1))(0, 0), .7f);
  }
}

TEST(ScaledTargetsTest, IntegersSayWhatTheTargetsWere) {
  const std::vector<float> targets = {-3.25f, 1e-3f, 17, 4.5f, 1e6f};
  const ScaledTargets scaled(targets);
  for (size_t i = 0; i < targets.size(); ++i) {
    const double back = scaled.centre() + scaled.unit() * static_cast<double>(scaled.scaled()[i]);
    EXPECT_EQ(static_cast<float>(back), targets[i]);
  }
}

TEST(ScaledTargetsTest, TheSumOfAllFitsWhateverTheTargets) {
  for (const size_t count : {size_t{1}, size_t{2}, size_t{3}, size_t{1000}, size_t{1024}}) {
    std::vector<float> targets(count, 3e38f);
    targets[0] = -3e38f;
    const ScaledTargets scaled(targets);
    for (const int64_t target : scaled.scaled()) {
      EXPECT_LT(std::abs(static_cast<double>(target)) * static_cast<double>(count), 9.2e18);
    }
  }
}

}  // namespace
}  // namespace parzen
