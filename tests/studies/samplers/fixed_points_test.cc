#include "studies/samplers/fixed_points.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::Optional;

// The depth exists for trees only, the leaf for deep ones.
constexpr char kSpec[] = R"(
  train { random_forest {} }
  parameter { name: "model" sets: "model" categorical { choice: "random_forest" choice: "decision_tree" } }
  parameter { name: "depth" sets: "decision_tree.max_depth" int { low: 1 high: 900 } when { parameter: "model" equals: "decision_tree" } }
  parameter { name: "leaf" sets: "decision_tree.min_samples_leaf" int { low: 1 high: 900 } when { parameter: "depth" at_least: 5 } }
  parameter { name: "share" sets: "split.validation" float { low: 0.05 high: 0.5 } } )";

constexpr std::nullopt_t kNone = std::nullopt;
const auto kAbsent = Eq(std::nullopt);

class CompletePointTest : public testing::Test {
 protected:
  Point Complete(const Point& given, const Point& suggested, uint64_t seed = 1) {
    const Point point = CompletePoint(study_.space(), given, suggested, RandomStream(seed, 0, "test"));
    EXPECT_EQ(study_.space().Check(point), absl::OkStatus());
    return point;
  }

  SampledStudy study_{kSpec};
};

TEST_F(CompletePointTest, GivenValuesAreKeptAndTheRestIsSuggested) {
  EXPECT_EQ(Complete({1, kNone, kNone, 0.25}, {1, 7, 3, 0.5}), (Point{1, 7, 3, 0.25}));
}

TEST_F(CompletePointTest, WhatTheSuggestionLacksIsDrawn) {
  const Point point = Complete({1, 8, kNone, kNone}, {0, kNone, kNone, 0.5});
  EXPECT_THAT(point, ElementsAre(Optional(1), Optional(8), testing::Ne(std::nullopt), Optional(0.5)));
  EXPECT_EQ(Complete({1, 8, kNone, kNone}, {0, kNone, kNone, 0.5}), point);
  EXPECT_NE(Complete({1, 8, kNone, kNone}, {0, kNone, kNone, 0.5}, 2), point);
}

TEST_F(CompletePointTest, ADrawDoesNotDependOnWhichOthersAreGiven) {
  const Point given_share = Complete({1, 8, kNone, 0.5}, Point(4));
  const Point drawn_share = Complete({1, 8, kNone, kNone}, Point(4));
  EXPECT_EQ(given_share[2], drawn_share[2]);
}

TEST_F(CompletePointTest, ValuesOfParametersThatDoNotExistAreDropped) {
  EXPECT_THAT(Complete({0, 8, 2, kNone}, {1, 7, 3, 0.5}), ElementsAre(Optional(0), kAbsent, kAbsent, Optional(0.5)));
  EXPECT_THAT(Complete({1, 4, 2, kNone}, {1, 7, 3, 0.5}),
              ElementsAre(Optional(1), Optional(4), kAbsent, Optional(0.5)));
}

TEST_F(CompletePointTest, ValuesOutsideTheirDistributionsAreNotTaken) {
  EXPECT_EQ(Complete({7, 8.5, kNone, 0.25}, {1, 7, 3, 0.5}), (Point{1, 7, 3, 0.25}));
  const Point point = Complete({1, 8, 2, 0.7}, {1, 8, 2, 99});
  EXPECT_TRUE(point[3] >= 0.05 && point[3] <= 0.5);
}

TEST_F(CompletePointTest, AGivenValueGoesBeforeTheOneThatTheStudyFixes) {
  const SampledStudy fixed(std::string(kSpec) + "search { fix { parameter: \"share\" value: \"0.1\" } }");
  const RandomStream random(1, 0, "test");
  EXPECT_THAT(CompletePoint(fixed.space(), {0, kNone, kNone, 0.25}, Point(4), random)[3], Optional(0.25));
  EXPECT_THAT(CompletePoint(fixed.space(), Point(4), Point(4), random)[3], Optional(0.1));
}

}  // namespace
}  // namespace parzen
