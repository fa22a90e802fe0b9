// Random cuts fall where Geurts, Ernst and Wehenkel let them fall.
#include <algorithm>
#include <set>

#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"
#include "worker/models/trees/code_values.h"
#include "worker/models/trees/random_cut.h"

namespace parzen {
namespace {

TEST(RandomCutTest, FallsBetweenTheSmallestAndTheLargestValueInProportion) {
  const float values[] = {0, 1, 2, 10};
  EXPECT_EQ(RandomCut(values, 0, 3, 0), 0);
  EXPECT_EQ(RandomCut(values, 0, 3, .09), 0);
  EXPECT_EQ(RandomCut(values, 0, 3, .11), 1);
  EXPECT_EQ(RandomCut(values, 0, 3, .19), 1);
  EXPECT_EQ(RandomCut(values, 0, 3, .21), 2);
  EXPECT_EQ(RandomCut(values, 0, 3, .9999999999), 2);  // rounds to the largest value, but something goes right
  EXPECT_EQ(RandomCut(values, 1, 2, .999), 1);
}

TEST(RandomCutTest, ValuesOfCodesAreThoseOfTheData) {
  FeatureMatrix features(4, 2);
  features << 7, 1e30f, -2, 1e30f, 5, -1e30f, 7, 0;
  const BinnedFeatures binned(features);
  const CodeValues values(features, binned);
  EXPECT_EQ(std::vector<float>(values.of(0), values.of(0) + 3), (std::vector<float>{-2, 5, 7}));
  EXPECT_EQ(std::vector<float>(values.of(1), values.of(1) + 3), (std::vector<float>{-1e30f, 0, 1e30f}));
}

TEST(RandomCutTest, ManyValuesAreOrderedLikeTheirCodes) {
  const LabelledRows rows = Clouds(2000, 3, 2);
  const BinnedFeatures binned(rows.features);
  const CodeValues values(rows.features, binned);
  for (int f = 0; f < 3; ++f) EXPECT_TRUE(std::is_sorted(values.of(f), values.of(f) + binned.bins(f)));
}

TEST(ExtraTreesTest, CutsOfOneTreeDifferFromSeedToSeed) {
  LabelledRows rows;
  rows.features.resize(100, 1);
  for (int row = 0; row < 100; ++row) {
    rows.features(row, 0) = static_cast<float>(row);
    rows.labels.push_back(row < 50 ? 0 : 1);
  }
  std::set<float> shares;
  for (int seed = 0; seed < 20; ++seed) {
    const Fitted tree("extra_trees { trees: 1 max_depth: 1 }", rows, 2, seed);
    shares.insert(tree.Probabilities(FeatureMatrix::Zero(1, 1))(0, 0));
  }
  EXPECT_GT(shares.size(), 5);
}

TEST(ExtraTreesTest, WithoutALimitDistinctRowsAreFittedPerfectly) {
  const LabelledRows rows = Clouds(500, 5, 4, 40);
  EXPECT_GT(Fitted("extra_trees { trees: 5 }", Clouds(200, 5, 4), 4).Accuracy(Clouds(200, 5, 4)), .99);
  EXPECT_GT(Fitted("extra_trees { trees: 5 }", rows, 4).Accuracy(rows), .99);
}

TEST(ExtraTreesTest, EachSideKeepsMinSamplesLeafRows) {
  const LabelledRows rows = Clouds(300, 4, 3);
  for (const int least : {10, 40}) {
    const Fitted trees("extra_trees { trees: 10 min_samples_leaf: " + std::to_string(least) + " }", rows, 3);
    EXPECT_LE(trees.Description().leaves(), 10 * 300 / least);
    EXPECT_GT(trees.Description().leaves(), 10);
  }
}

TEST(ExtraTreesTest, EntropyAndClassWeightsChangeWhichCutIsTaken) {
  const LabelledRows rows = Clouds(400, 6, 5, 16);
  const FeatureMatrix gini = Fitted("extra_trees { trees: 3 max_depth: 3 }", rows, 5).Probabilities(rows.features);
  for (const char* other : {"criterion: ENTROPY", "class_weight: BALANCED"}) {
    const std::string model = std::string("extra_trees { trees: 3 max_depth: 3 ") + other + " }";
    EXPECT_NE(Fitted(model, rows, 5).Probabilities(rows.features), gini) << other;
  }
}

TEST(ExtraTreesTest, MoreThanSixteenClassesAreLearned) {
  const LabelledRows rows = Clouds(2000, 12, 24), others = Clouds(1000, 12, 24, 0, 2);
  EXPECT_GT(Fitted("extra_trees { trees: 50 }", rows, 24).Accuracy(others), .4);
}

}  // namespace
}  // namespace parzen
