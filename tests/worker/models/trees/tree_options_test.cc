// Options that no data could make right are refused by name; max_features means what it means in scikit-learn.
#include "worker/models/trees/tree_options.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::HasSubstr;

int Features(const std::string& max_features, int of) {
  DecisionTree options;
  options.set_max_features(max_features);
  const auto read = ReadTreeOptions(options);
  EXPECT_TRUE(read.ok()) << read.status();
  return read.ok() ? read->max_features.Of(of) : -1;
}

TEST(TreeOptionsTest, RootAndLogarithmAreRoundedDown) {
  EXPECT_EQ(Features("sqrt", 784), 28);
  EXPECT_EQ(Features("sqrt", 63), 7);
  EXPECT_EQ(Features("log2", 784), 9);
}

TEST(TreeOptionsTest, CountIsAtMostAllFeatures) {
  EXPECT_EQ(Features("1", 10), 1);
  EXPECT_EQ(Features("100", 784), 100);
  EXPECT_EQ(Features("100", 64), 64);
  EXPECT_EQ(Features("all", 64), 64);
}

TEST(TreeOptionsTest, FractionIsRoundedDownToAtLeastOne) {
  EXPECT_EQ(Features("0.5", 7), 3);
  EXPECT_EQ(Features(".01", 64), 1);
  EXPECT_EQ(Features("1.0", 64), 64);
  EXPECT_EQ(Features("1.", 64), 64);
}

TEST(TreeOptionsTest, OneFeatureIsAlwaysTried) {
  EXPECT_EQ(Features("log2", 1), 1);
  EXPECT_EQ(Features("sqrt", 1), 1);
}

TEST(TreeOptionsTest, NonsenseForMaxFeaturesIsRefusedWithWhatIsRight) {
  for (const std::string wrong : {"", "0", "0.0", "-1", "1.5", "half", "1e-1", "+5", "5 ", "1.0.0", "99999999999"}) {
    EXPECT_THAT(MakeError("random_forest { max_features: \"" + wrong + "\" }"),
                AllOf(HasSubstr("random_forest.max_features: \"" + wrong + "\""), HasSubstr("a fraction (0.5)")));
  }
}

TEST(TreeOptionsTest, NumbersOutOfRangeAreRefusedByName) {
  EXPECT_THAT(MakeError("decision_tree { max_depth: -1 }"), HasSubstr("decision_tree.max_depth: -1 is not between 0"));
  EXPECT_THAT(MakeError("decision_tree { max_depth: 1001 }"), HasSubstr("1001 is not between 0 and 1000"));
  EXPECT_THAT(MakeError("decision_tree { min_samples_split: 1 }"), HasSubstr("decision_tree.min_samples_split: 1"));
  EXPECT_THAT(MakeError("random_forest { min_samples_leaf: 0 }"), HasSubstr("random_forest.min_samples_leaf: 0"));
  EXPECT_THAT(MakeError("random_forest { trees: 0 }"), HasSubstr("random_forest.trees: 0 is not between 1"));
  EXPECT_THAT(MakeError("random_forest { trees: 100001 }"), HasSubstr("100001"));
}

TEST(TreeOptionsTest, SpecWithoutAModelNamesTheModels) {
  EXPECT_THAT(MakeError(""), AllOf(HasSubstr("decision_tree"), HasSubstr("random_forest")));
}

}  // namespace
}  // namespace parzen
