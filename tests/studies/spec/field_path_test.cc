#include "studies/field_path.h"

#include <cmath>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "proto/study.pb.h"

namespace parzen {
namespace {

using ::testing::HasSubstr;

TrainSpec Train(const std::string& text) {
  TrainSpec train;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &train)) << text;
  return train;
}

FieldPath Path(const std::string& path, const std::string& train = "transform { scale {} }") {
  const auto resolved = FieldPath::Resolve(Train(train), path);
  EXPECT_TRUE(resolved.ok()) << resolved.status();
  return resolved.ok() ? *resolved : FieldPath();
}

std::string ResolveError(const std::string& path, const std::string& train = "transform { scale {} }") {
  const auto resolved = FieldPath::Resolve(Train(train), path);
  EXPECT_FALSE(resolved.ok()) << path;
  return std::string(resolved.status().message());
}

std::string ChoiceError(const std::string& path, const std::string& text) {
  const auto choice = Path(path).ParseChoice(text);
  EXPECT_FALSE(choice.ok()) << path << " = " << text;
  return std::string(choice.status().message());
}

std::string DistributionError(const std::string& path, const Distribution& distribution) {
  const absl::Status status = Path(path).CheckDistribution(distribution);
  EXPECT_FALSE(status.ok()) << path;
  return std::string(status.message());
}

// What the value makes of an empty TrainSpec with one scale.
std::string AfterSetting(const std::string& path, const Choice& value,
                         const std::string& train = "transform { scale {} }") {
  TrainSpec result = Train(train);
  EXPECT_TRUE(Path(path, train).Set(value, result).ok());
  return result.ShortDebugString();
}

Distribution Floats(double low, double high) { return FloatDistribution{low, high, false, {}}; }
Distribution Ints(int64_t low, int64_t high) { return IntDistribution{low, high, false, 1}; }
Distribution Texts(std::vector<Choice> choices) { return CategoricalDistribution{std::move(choices)}; }

TEST(FieldPathTest, AMisspeltFieldGetsASuggestion) {
  EXPECT_THAT(ResolveError("random_forest.max_dept"),
              HasSubstr("RandomForest has no field \"max_dept\"; did you mean \"max_depth\"?"));
  EXPECT_THAT(ResolveError("random_forrest.trees"), HasSubstr("did you mean \"random_forest\"?"));
  EXPECT_THAT(ResolveError("modell"), HasSubstr("did you mean \"model\"?"));
}

TEST(FieldPathTest, APathMustEndAtOneValue) {
  EXPECT_THAT(ResolveError("random_forest"),
              HasSubstr("is a message; name one of its fields, or choose it by setting \"model\""));
  EXPECT_THAT(ResolveError("transform"), HasSubstr("is a list"));
  EXPECT_THAT(ResolveError("random_forest.trees.deeper"), HasSubstr("\"trees\" is a value and has no fields"));
  EXPECT_THAT(ResolveError("random_forest.trees[0]"), HasSubstr("is no list"));
  EXPECT_THAT(ResolveError("model.trees"), HasSubstr("name its member instead"));
}

TEST(FieldPathTest, AnIndexMustExist) {
  EXPECT_THAT(ResolveError("transform[1].scale.divide_by"), HasSubstr("does not exist; the study has 1 of them"));
  EXPECT_THAT(ResolveError("transform.scale.divide_by"), HasSubstr("say which, as in transform[0]"));
  EXPECT_THAT(ResolveError("split[0].seed"), HasSubstr("takes no index"));
}

TEST(FieldPathTest, AnElementOfAListIsSet) {
  TrainSpec train;
  train.mutable_mlp()->add_hidden(10);
  train.mutable_mlp()->add_hidden(20);
  const auto path = FieldPath::Resolve(train, "mlp.hidden[1]");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(path->text(), "mlp.hidden[1]");
  EXPECT_FALSE(path->CheckDistribution(IntDistribution{0, 100}).ok()) << "no layer has 0 units";
  ASSERT_TRUE(path->CheckDistribution(IntDistribution{1, 100}).ok());
  ASSERT_TRUE(path->Set(Choice(int64_t{30}), train).ok());
  EXPECT_EQ(train.mlp().hidden(0), 10);
  EXPECT_EQ(train.mlp().hidden(1), 30);
  EXPECT_FALSE(FieldPath::Resolve(train, "mlp.hidden").ok());
  EXPECT_FALSE(FieldPath::Resolve(train, "mlp.hidden[2]").ok());
  TrainSpec shorter;
  shorter.mutable_mlp();
  EXPECT_FALSE(path->Set(Choice(int64_t{30}), shorter).ok());
}

TEST(FieldPathTest, NonsenseIsRefused) {
  for (const char* path : {"", ".", "a..b", "transform[", "transform[]", "transform[-1].scale", "transform[+0].scale",
                           "transform[99999999999].scale", "[0]", "random_forest.", ".trees", "random_forest .trees"}) {
    EXPECT_FALSE(FieldPath::Resolve(Train("transform { scale {} }"), path).ok()) << path;
  }
  EXPECT_THAT(ResolveError(std::string(100'000, 'a')), HasSubstr("longer than"));
}

TEST(FieldPathTest, TheMembersOnTheWayAreKnown) {
  const FieldPath path = Path("transform[0].scale.divide_by");
  ASSERT_EQ(path.oneof_members().size(), 1u);
  EXPECT_EQ(path.oneof_members()[0].oneof, "transform[0].kind");
  EXPECT_EQ(path.oneof_members()[0].member, "scale");
  EXPECT_EQ(path.oneof_members()[0].configured, "scale");
  EXPECT_EQ(Path("transform[00].scale.divide_by").text(), path.text());
  EXPECT_EQ(Path("model", "decision_tree {}").configured_member(), "decision_tree");
  EXPECT_EQ(Path("random_forest.trees", "decision_tree {}").oneof_members()[0].configured, "decision_tree");
}

TEST(FieldPathTest, ChoicesAreReadAsTheFieldsType) {
  EXPECT_EQ(*Path("random_forest.trees").ParseChoice("10"), Choice(int64_t{10}));
  EXPECT_EQ(*Path("split.validation").ParseChoice("2e-1"), Choice(0.2));
  EXPECT_EQ(*Path("random_forest.bootstrap").ParseChoice("false"), Choice(false));
  EXPECT_EQ(*Path("random_forest.criterion").ParseChoice("ENTROPY"), Choice(std::string("ENTROPY")));
  EXPECT_EQ(*Path("random_forest.max_features").ParseChoice("100"), Choice(std::string("100")));
  EXPECT_EQ(*Path("model").ParseChoice("decision_tree"), Choice(std::string("decision_tree")));
}

TEST(FieldPathTest, AChoiceOfAnotherTypeSaysWhatTheFieldTakes) {
  EXPECT_THAT(ChoiceError("random_forest.trees", "ten"), HasSubstr("\"trees\" takes a whole number, not \"ten\""));
  EXPECT_THAT(ChoiceError("random_forest.trees", "1.5"), HasSubstr("takes a whole number"));
  EXPECT_THAT(ChoiceError("split.validation", "nan"), HasSubstr("takes a finite number"));
  EXPECT_THAT(ChoiceError("random_forest.bootstrap", "yes"), HasSubstr("takes true or false"));
  EXPECT_THAT(ChoiceError("random_forest.criterion", "GINNI"), HasSubstr("did you mean \"GINI\"?"));
  EXPECT_THAT(ChoiceError("model", "random_forrest"), HasSubstr("is no model; did you mean \"random_forest\"?"));
}

TEST(FieldPathTest, AChoiceMustObeyTheFieldsRule) {
  EXPECT_THAT(ChoiceError("random_forest.trees", "0"), HasSubstr("must be 1 to 100000, is 0"));
  EXPECT_THAT(ChoiceError("split.validation", "1"), HasSubstr("must be > 0, < 1, is 1"));
  EXPECT_THAT(ChoiceError("random_forest.max_features", "sqr"), HasSubstr("must be all, sqrt, log2, a count (100)"));
  EXPECT_THAT(ChoiceError("random_forest.max_features", std::string(50'000, '1')), HasSubstr("a text of 50000 bytes"));
  EXPECT_THAT(ChoiceError("split.seed", "9223372036854775808"), HasSubstr("takes a whole number"));
  EXPECT_THAT(ChoiceError("random_forest.min_samples_leaf", "2147483648"),
              HasSubstr("must be -2147483648 to 2147483647"));
}

TEST(FieldPathTest, ARangeMustSuitTheFieldsType) {
  EXPECT_TRUE(Path("random_forest.trees").CheckDistribution(Ints(1, 10)).ok());
  EXPECT_TRUE(Path("split.validation").CheckDistribution(Floats(.1, .5)).ok());
  EXPECT_TRUE(Path("transform[0].scale.divide_by").CheckDistribution(Ints(1, 255)).ok());
  EXPECT_THAT(DistributionError("random_forest.trees", Floats(1, 10)),
              HasSubstr("whole numbers, not a float range; use int"));
  EXPECT_THAT(DistributionError("random_forest.bootstrap", Ints(0, 1)), HasSubstr("true and false, not an int range"));
  EXPECT_THAT(DistributionError("random_forest.criterion", Ints(0, 1)), HasSubstr("use categorical"));
  EXPECT_THAT(DistributionError("model", Ints(0, 1)), HasSubstr("known: decision_tree, random_forest"));
}

TEST(FieldPathTest, BothEndsOfARangeMustObeyTheRule) {
  EXPECT_THAT(DistributionError("random_forest.trees", Ints(0, 10)), HasSubstr("must be 1 to 100000, is 0"));
  EXPECT_THAT(DistributionError("random_forest.trees", Ints(1, 100001)), HasSubstr("is 100001"));
  EXPECT_THAT(DistributionError("split.validation", Floats(.5, 1)), HasSubstr("is 1"));
}

TEST(FieldPathTest, ATextThatReadsNumbersTakesRanges) {
  EXPECT_TRUE(Path("random_forest.max_features").CheckDistribution(Ints(1, 784)).ok());
  EXPECT_TRUE(Path("random_forest.max_features").CheckDistribution(Floats(.01, 1)).ok());
  EXPECT_THAT(DistributionError("random_forest.max_features", Floats(0, 1)), HasSubstr("is \"0.0\""));
  EXPECT_EQ(AfterSetting("random_forest.max_features", int64_t{12}, ""), "random_forest { max_features: \"12\" }");
  EXPECT_EQ(AfterSetting("random_forest.max_features", 0.25, ""), "random_forest { max_features: \"0.25\" }");
}

TEST(FieldPathTest, EveryChoiceMustBeAValueOfTheField) {
  EXPECT_TRUE(Path("random_forest.trees").CheckDistribution(Texts({int64_t{10}, int64_t{100}})).ok());
  EXPECT_THAT(DistributionError("random_forest.trees", Texts({int64_t{10}, std::string("x")})),
              HasSubstr("takes whole numbers"));
  EXPECT_THAT(DistributionError("model", Texts({std::string("tree")})), HasSubstr("is no model"));
}

TEST(FieldPathTest, SettingWritesTheTypeOfTheField) {
  EXPECT_EQ(AfterSetting("random_forest.trees", int64_t{7}, ""), "random_forest { trees: 7 }");
  EXPECT_EQ(AfterSetting("random_forest.criterion", std::string("ENTROPY"), ""),
            "random_forest { criterion: ENTROPY }");
  EXPECT_EQ(AfterSetting("random_forest.bootstrap", false, ""), "random_forest { bootstrap: false }");
  EXPECT_EQ(AfterSetting("transform[0].scale.divide_by", int64_t{255}), "transform { scale { divide_by: 255 } }");
}

TEST(FieldPathTest, ChoosingAMemberReplacesAnotherAndKeepsItself) {
  EXPECT_EQ(AfterSetting("model", std::string("decision_tree"), "random_forest { trees: 3 }"), "decision_tree { }");
  EXPECT_EQ(AfterSetting("model", std::string("random_forest"), "random_forest { trees: 3 }"),
            "random_forest { trees: 3 }");
}

TEST(FieldPathTest, AValueOfAnotherTypeIsNotWritten) {
  TrainSpec train;
  EXPECT_FALSE(Path("random_forest.trees").Set(std::string("x"), train).ok());
  EXPECT_FALSE(Path("random_forest.bootstrap").Set(int64_t{1}, train).ok());
  EXPECT_FALSE(Path("model").Set(std::string("dataset"), train).ok());
  EXPECT_FALSE(Path("transform[0].scale.divide_by").Set(1.0, train).ok()) << "train has no transform";
}

TEST(RuleInWordsTest, BoundsReadAsAPersonWritesThem) {
  Rule rule;
  EXPECT_EQ(RuleInWords(rule), "");
  rule.set_min(1);
  EXPECT_EQ(RuleInWords(rule), ">= 1");
  rule.set_max(100000);
  EXPECT_EQ(RuleInWords(rule), "1 to 100000");
  rule.set_above(0.5);
  EXPECT_EQ(RuleInWords(rule), "1 to 100000, > 0.5");
}

TEST(CheckRuleTest, NanBreaksEveryBound) {
  Rule rule;
  EXPECT_TRUE(CheckRule(rule, std::nan("")).ok());
  rule.set_below(1);
  EXPECT_FALSE(CheckRule(rule, std::nan("")).ok());
}

TEST(CheckRuleTest, APatternThatIsNoneIsOurFault) {
  Rule rule;
  rule.set_pattern("(");
  EXPECT_EQ(CheckRule(rule, "x").code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace parzen
