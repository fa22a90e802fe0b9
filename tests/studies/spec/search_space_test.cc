#include "studies/search_space.h"

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kAbsent = std::nullopt;

StudySpec Spec(const std::string& text) {
  StudySpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  return spec;
}

SearchSpace Space(const std::string& text) {
  auto space = SearchSpace::Create(Spec(text));
  EXPECT_TRUE(space.ok()) << space.status();
  return *std::move(space);
}

std::string CreateError(const std::string& text) {
  const auto space = SearchSpace::Create(Spec(text));
  EXPECT_FALSE(space.ok());
  return std::string(space.status().message());
}

std::string Trained(const SearchSpace& space, const Point& point) {
  const auto train = space.Apply(point);
  EXPECT_TRUE(train.ok()) << train.status();
  return train.ok() ? train->ShortDebugString() : "";
}

// Which model, and how many trees when it is a forest: the second exists only where the first says so.
constexpr char kModels[] = R"(
  train { random_forest { trees: 5 min_samples_leaf: 3 } }
  parameter { name: "trees" sets: "random_forest.trees" int { low: 10 high: 50 }
              when { parameter: "model" equals: "random_forest" } }
  parameter { name: "model" sets: "model" categorical { choice: "random_forest" choice: "decision_tree" } }
  parameter { name: "depth" sets: "decision_tree.max_depth" int { low: 1 high: 9 }
              when { parameter: "model" equals: "decision_tree" } })";

// Deeper tests look at deeper parameters.
constexpr char kChain[] = R"(
  train { random_forest {} }
  parameter { name: "trees" sets: "random_forest.trees" int { low: 1 high: 100 } }
  parameter { name: "depth" sets: "random_forest.max_depth" categorical { choice: "5" choice: "10" choice: "20" }
              when { parameter: "trees" at_least: 50 } }
  parameter { name: "leaf" sets: "random_forest.min_samples_leaf" int { low: 1 high: 4 }
              when { parameter: "depth" one_of { value: "10" value: "20" } } }
  parameter { name: "split" sets: "random_forest.min_samples_split" int { low: 2 high: 4 }
              when { parameter: "depth" at_least: 11 } })";

TEST(SearchSpaceTest, AConditionLooksAtTheOthersValue) {
  const SearchSpace space = Space(kModels);
  EXPECT_TRUE(space.IsActive(0, {kAbsent, 0, kAbsent}));
  EXPECT_FALSE(space.IsActive(0, {kAbsent, 1, kAbsent}));
  EXPECT_TRUE(space.IsActive(2, {kAbsent, 1, kAbsent}));
}

TEST(SearchSpaceTest, AConditionOnAnAbsentParameterDoesNotHold) {
  const SearchSpace space = Space(kChain);
  EXPECT_FALSE(space.IsActive(1, {49, kAbsent, kAbsent, kAbsent}));
  EXPECT_FALSE(space.IsActive(2, {49, kAbsent, kAbsent, kAbsent}));
  EXPECT_TRUE(space.IsActive(1, {50, kAbsent, kAbsent, kAbsent}));
}

TEST(SearchSpaceTest, OneOfAndAtLeastSelectChoices) {
  const SearchSpace space = Space(kChain);
  EXPECT_FALSE(space.IsActive(2, {50, 0, kAbsent, kAbsent}));
  EXPECT_TRUE(space.IsActive(2, {50, 1, kAbsent, kAbsent}));
  EXPECT_FALSE(space.IsActive(3, {50, 1, kAbsent, kAbsent}));
  EXPECT_TRUE(space.IsActive(3, {50, 2, kAbsent, kAbsent}));
}

TEST(SearchSpaceTest, ActivationOrderMovesOnlyWhatMustWait) {
  EXPECT_THAT(Space(kModels).activation_order(), ElementsAre(1, 0, 2));
  EXPECT_THAT(Space(kChain).activation_order(), ElementsAre(0, 1, 2, 3));
}

TEST(SearchSpaceTest, AParameterWaitsForAllItsConditions) {
  EXPECT_THAT(Space(R"(
    train { random_forest {} split {} }
    parameter { name: "waits" sets: "split.seed" int { low: 1 high: 9 }
                when { parameter: "early" at_least: 2 } when { parameter: "late" at_least: 2 } }
    parameter { name: "early" sets: "random_forest.trees" int { low: 1 high: 9 } }
    parameter { name: "late" sets: "random_forest.max_depth" int { low: 1 high: 9 } })")
                  .activation_order(),
              ElementsAre(1, 2, 0));
}

TEST(SearchSpaceTest, APointHasExactlyTheValuesWhoseConditionsHold) {
  const SearchSpace space = Space(kModels);
  EXPECT_TRUE(space.Check({20, 0, kAbsent}).ok());
  EXPECT_THAT(space.Check({kAbsent, 0, kAbsent}).message(),
              HasSubstr("\"trees\" has no value, but its conditions hold"));
  EXPECT_THAT(space.Check({20, 1, 5}).message(), HasSubstr("\"trees\" has a value, but its conditions do not hold"));
  EXPECT_THAT(space.Check({20, 0}).message(), HasSubstr("2 values in a space of 3"));
  EXPECT_THAT(space.Check({9, 0, kAbsent}).message(), HasSubstr("9.0 is no value of \"trees\""));
}

TEST(SearchSpaceTest, TheModelIsChosenBeforeItsOptionsAreSet) {
  const SearchSpace space = Space(kModels);
  EXPECT_EQ(Trained(space, {20, 0, kAbsent}), "random_forest { trees: 20 min_samples_leaf: 3 }");
  EXPECT_EQ(Trained(space, {kAbsent, 1, 4}), "decision_tree { max_depth: 4 }");
}

TEST(SearchSpaceTest, APointThatFailsItsCheckIsNotApplied) {
  EXPECT_EQ(Space(kModels).Apply({}).status().code(), absl::StatusCode::kInternal);
}

TEST(SearchSpaceTest, EveryKindOfDomainIsSet) {
  const SearchSpace space = Space(R"(
    train { random_forest {} split {} }
    parameter { name: "v" sets: "split.validation" float { low: 0.1 high: 0.35 step: 0.1 } }
    parameter { name: "b" sets: "random_forest.bootstrap" categorical { choice: "true" choice: "false" } }
    parameter { name: "c" sets: "random_forest.criterion" categorical { choice: "GINI" choice: "ENTROPY" } }
    parameter { name: "f" sets: "random_forest.max_features" categorical { choice: "sqrt" choice: "100" } })");
  EXPECT_EQ(Trained(space, {0.3, 1, 1, 1}),
            "split { validation: 0.3 } random_forest { criterion: ENTROPY max_features: \"100\" bootstrap: false }");
  EXPECT_EQ(DistributionToJson(space.distribution(0)),
            R"({"name": "FloatDistribution", "attributes": {"step": 0.1, "low": 0.1, "high": 0.3, "log": false}})");
  EXPECT_EQ(space.ToJson(3, 1), "\"100\"");
}

TEST(SearchSpaceTest, ParametersAreFoundByName) {
  EXPECT_EQ(Space(kModels).Find("depth"), 2u);
  EXPECT_EQ(Space(kModels).Find("dept"), std::nullopt);
}

TEST(SearchSpaceTest, AStudyWithoutParametersIsOnePoint) {
  const SearchSpace space = Space("train { random_forest { trees: 5 } }");
  EXPECT_EQ(space.size(), 0u);
  EXPECT_EQ(Trained(space, {}), "random_forest { trees: 5 }");
}

TEST(SearchSpaceTest, AWrongSpecNamesEveryProblem) {
  const std::string error = CreateError(R"(
    train { random_forest {} }
    parameter { name: "a" sets: "random_forest.tree" int { low: 1 high: 2 } }
    parameter { name: "b" sets: "random_forest.trees" })");
  EXPECT_THAT(error, HasSubstr("parameter[0].sets: RandomForest has no field \"tree\"; did you mean \"trees\"?"));
  EXPECT_THAT(error, HasSubstr("parameter[1].domain: is missing; give one of float, int, categorical"));
}

}  // namespace
}  // namespace parzen
