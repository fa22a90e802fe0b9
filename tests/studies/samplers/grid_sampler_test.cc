#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSmall[] = R"(
  train { random_forest {} }
  parameter { name: "criterion" sets: "random_forest.criterion" categorical { choice: "GINI" choice: "ENTROPY" } }
  parameter { name: "depth" sets: "random_forest.max_depth" int { low: 4 high: 6 } }
  search { sampler { grid {} } } )";

// The leaf exists for deep trees only, the features only where there is a leaf of 2 or more.
constexpr char kConditional[] = R"(
  train { random_forest {} }
  parameter { name: "depth" sets: "random_forest.max_depth" int { low: 1 high: 3 } }
  parameter { name: "leaf" sets: "random_forest.min_samples_leaf" int { low: 1 high: 2 } when { parameter: "depth" at_least: 2 } }
  parameter { name: "features" sets: "random_forest.max_features" categorical { choice: "sqrt" choice: "log2" }
              when { parameter: "leaf" at_least: 2 } }
  search { sampler { grid {} } } )";

// "0 4" for a point; "-" for what is absent.
std::string Text(const Point& point) {
  return absl::StrJoin(point, " ", [](std::string* out, const std::optional<double>& value) {
    value.has_value() ? absl::StrAppend(out, *value) : absl::StrAppend(out, "-");
  });
}
std::vector<std::string> Texts(const std::vector<Point>& points) {
  std::vector<std::string> texts;
  for (const Point& point : points) texts.push_back(Text(point));
  return texts;
}

// The values that a grid takes from one parameter.
std::vector<double> Values(const std::string& sets, const std::string& domain, int points = 5) {
  SampledStudy study(absl::StrCat("train { random_forest {} } parameter { name: \"p\" sets: \"", sets, "\" ", domain,
                                  " } search { sampler { grid { points: ", points, " } } }"));
  std::vector<double> values;
  for (const Point& point : study.Rest()) values.push_back(*point[0]);
  EXPECT_EQ(study.sampler().TotalPoints(), values.size());
  return values;
}

std::string Refusal(const std::string& spec) {
  const auto sampler = SampledStudy(spec).NewSampler();
  EXPECT_EQ(sampler.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(sampler.status().message());
}

TEST(GridSamplerTest, EveryCombinationComesOnceAndTheFirstParameterChangesSlowest) {
  SampledStudy study(kSmall);
  EXPECT_THAT(Texts(study.Rest()), ElementsAre("0 4", "0 5", "0 6", "1 4", "1 5", "1 6"));
  EXPECT_EQ(study.sampler().TotalPoints(), 6);
}

TEST(GridSamplerTest, AbsentParametersAddNoCombinations) {
  SampledStudy study(kConditional);
  EXPECT_THAT(Texts(study.Rest()), ElementsAre("1 - -", "2 1 -", "2 2 0", "2 2 1", "3 1 -", "3 2 0", "3 2 1"));
  EXPECT_EQ(study.sampler().TotalPoints(), 7);
}

TEST(GridSamplerTest, AConditionMayLookAtALaterParameter) {
  SampledStudy study(R"(
    train { random_forest {} }
    parameter { name: "leaf" sets: "random_forest.min_samples_leaf" int { low: 1 high: 2 } when { parameter: "depth" at_least: 2 } }
    parameter { name: "depth" sets: "random_forest.max_depth" int { low: 1 high: 2 } }
    search { sampler { grid {} } } )");
  EXPECT_THAT(Texts(study.Rest()), ElementsAre("- 1", "1 2", "2 2"));
}

TEST(GridSamplerTest, WhatAnyTrialHasIsSkipped) {
  SampledStudy study(kSmall);
  study.Add({0, 5}, RUNNING);
  study.Add({0, 4}, WAITING);
  study.Add({1, 6}, FAIL);
  EXPECT_THAT(Texts(study.Rest()), ElementsAre("0 6", "1 4", "1 5"));
}

TEST(GridSamplerTest, ATrialThatIsPutBackKeepsItsPoint) {
  SampledStudy study(kSmall);
  EXPECT_EQ(Text(*study.Next(RUNNING)), "0 4");
  EXPECT_EQ(Text(*study.Next(WAITING)), "0 5");
  EXPECT_EQ(Text(*study.Next(RUNNING)), "0 6");
}

TEST(GridSamplerTest, TrialsThatAreNotOfTheGridTakeNoPointOfIt) {
  SampledStudy study(kSmall);
  study.Add({0, 99}, COMPLETE);
  study.Add({std::nullopt, std::nullopt}, WAITING);
  study.Add({0, 4}, COMPLETE);
  study.Add({0, 4}, COMPLETE);
  EXPECT_THAT(study.Rest(), SizeIs(5));
}

// A database keeps no sign of a zero.
TEST(GridSamplerTest, ZeroTakesThePlaceOfMinusZero) {
  SampledStudy study(R"(
    train { transform { scale {} } random_forest {} }
    parameter { name: "a" sets: "transform[0].scale.subtract" float { low: -0.0 high: 1 } }
    search { sampler { grid { points: 2 } } } )");
  study.Add({0.0}, COMPLETE);
  EXPECT_THAT(Texts(study.Rest()), ElementsAre("1"));
}

TEST(GridSamplerTest, TheEndIsTheEnd) {
  SampledStudy study(kSmall);
  study.Rest();
  EXPECT_EQ(study.Next(), std::nullopt);
  EXPECT_EQ(study.Next(), std::nullopt);
}

TEST(GridSamplerTest, ASpaceWithoutParametersHasOnePoint) {
  SampledStudy study("train { random_forest {} } search { sampler { grid {} } }");
  EXPECT_EQ(study.sampler().TotalPoints(), 1);
  EXPECT_THAT(study.Rest(), ElementsAre(IsEmpty()));
}

TEST(GridSamplerTest, AFloatRangeIsDividedEvenlyWithItsEnds) {
  EXPECT_THAT(Values("split.validation", "float { low: 0.1 high: 0.5 }"),
              ElementsAre(0.1, DoubleEq(0.2), DoubleEq(0.3), DoubleEq(0.4), 0.5));
}

TEST(GridSamplerTest, ALogRangeIsDividedEvenlyInTheLogarithm) {
  EXPECT_THAT(Values("split.validation", "float { low: 1e-4 high: 0.1 log: true }", 4),
              ElementsAre(1e-4, DoubleEq(1e-3), DoubleEq(1e-2), 0.1));
}

TEST(GridSamplerTest, AStepGivesAllItsValues) {
  EXPECT_THAT(Values("split.validation", "float { low: 0.1 high: 0.8 step: 0.1 }", 2),
              ElementsAre(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8));
}

TEST(GridSamplerTest, AnIntRangeGivesAllItsValuesWhenTheyAreFew) {
  EXPECT_THAT(Values("random_forest.trees", "int { low: 10 high: 50 step: 10 }"), ElementsAre(10, 20, 30, 40, 50));
  EXPECT_THAT(Values("random_forest.trees", "int { low: 1 high: 3 log: true }"), ElementsAre(1, 2, 3));
}

TEST(GridSamplerTest, ALongIntRangeIsDividedEvenlyWithItsEnds) {
  EXPECT_THAT(Values("random_forest.trees", "int { low: 1 high: 100 }"), ElementsAre(1, 26, 51, 75, 100));
  EXPECT_THAT(Values("random_forest.trees", "int { low: 1 high: 10000 log: true }"),
              ElementsAre(1, 10, 100, 1000, 10000));
}

TEST(GridSamplerTest, ValuesThatRoundingMakesOneAreTakenOnce) {
  EXPECT_THAT(Values("random_forest.trees", "int { low: 1 high: 10 log: true }", 8), ElementsAre(1, 2, 3, 4, 5, 7, 10));
  EXPECT_THAT(Values("split.validation", "float { low: 0.3 high: 0.3 }"), ElementsAre(0.3));
}

TEST(GridSamplerTest, ALargeGridIsCountedWithoutWalkingIt) {
  SampledStudy study(R"(
    train { random_forest {} }
    parameter { name: "a" sets: "random_forest.trees" int { low: 1 high: 1000 } }
    parameter { name: "b" sets: "random_forest.max_depth" int { low: 1 high: 1000 } }
    parameter { name: "c" sets: "random_forest.min_samples_leaf" int { low: 1 high: 10 } }
    search { sampler { grid { points: 1000 } } } )");
  EXPECT_EQ(study.sampler().TotalPoints(), 10'000'000);
}

TEST(GridSamplerTest, AGridOfMoreThanTenMillionPointsIsRefused) {
  EXPECT_THAT(Refusal(R"(
    train { random_forest {} }
    parameter { name: "a" sets: "random_forest.trees" int { low: 1 high: 1000 } }
    parameter { name: "b" sets: "random_forest.max_depth" int { low: 1 high: 1000 } }
    parameter { name: "c" sets: "random_forest.min_samples_leaf" int { low: 1 high: 11 } }
    search { sampler { grid { points: 1000 } } } )"),
              HasSubstr("more than 10000000 grid points"));
}

TEST(GridSamplerTest, AStepTooFineToListIsRefusedBeforeItIsListed) {
  EXPECT_THAT(Refusal(R"(
    train { random_forest {} }
    parameter { name: "a" sets: "split.validation" float { low: 0.1 high: 0.9 step: 1e-9 } }
    search { sampler { grid {} } } )"),
              HasSubstr("wider steps"));
}

// Nine million combinations, each with a tail of conditions to look at: below the limit of points, beyond that of work.
TEST(GridSamplerTest, ConditionsThatLeaveTooMuchToLookAtAreRefused) {
  std::string spec = R"(
    train { random_forest {} }
    parameter { name: "a" sets: "random_forest.trees" int { low: 1 high: 9000 } }
    parameter { name: "b" sets: "random_forest.max_depth" int { low: 1 high: 1000 } }
    search { sampler { grid { points: 10000 } } } )";
  for (const char* const field : {"random_forest.min_samples_leaf", "random_forest.min_samples_split", "split.seed"}) {
    absl::StrAppend(&spec, "parameter { name: \"", field, "\" sets: \"", field,
                    "\" int { low: 2 high: 2 } when { parameter: \"b\" at_least: 2 } }");
  }
  EXPECT_THAT(Refusal(spec), HasSubstr("conditions that take too long to count"));
}

TEST(GridSamplerTest, OnePointIsNoDivision) {
  EXPECT_THAT(Refusal("train { random_forest {} } search { sampler { grid { points: 1 } } }"), HasSubstr("at least 2"));
}

}  // namespace
}  // namespace parzen
