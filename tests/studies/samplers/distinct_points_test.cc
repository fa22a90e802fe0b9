#include "studies/samplers/distinct_points.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

using ::testing::SizeIs;

constexpr char kSmall[] = R"(
  train { random_forest {} }
  parameter { name: "criterion" sets: "random_forest.criterion" categorical { choice: "GINI" choice: "ENTROPY" } }
  parameter { name: "depth" sets: "random_forest.max_depth" int { low: 1 high: 9 } }
  parameter { name: "leaf" sets: "random_forest.min_samples_leaf" int { low: 1 high: 5 } when { parameter: "depth" at_least: 8 } } )";
constexpr int kSmallPoints = 2 * (7 + 2 * 5);

constexpr char kLine[] = R"(
  function { noop {} }
  parameter { name: "x" int { low: 0 high: 1000 } } )";

// A sampler that wants one point only.
class Stubborn : public Sampler {
 public:
  explicit Stubborn(Point point) : point_(std::move(point)) {}
  absl::StatusOr<std::optional<Point>> Suggest(int64_t, int32_t) override { return point_; }

 private:
  const Point point_;
};

// A space and a history, and a sampler that wants one point in it.
class InsistingStudy {
 public:
  InsistingStudy(const std::string& spec, const Point& wish) : study_(spec) {
    sampler_ =
        MakeDistinctPoints(std::make_unique<Stubborn>(wish), {study_.space(), search_, {MINIMIZE}, study_.history()});
  }
  std::optional<Point> Next() {
    const auto point = sampler_->Suggest(static_cast<int64_t>(study_.history().size()), 0);
    EXPECT_TRUE(point.ok()) << point.status();
    if (point->has_value()) {
      EXPECT_EQ(study_.space().Check(**point), absl::OkStatus());
      study_.Add(**point, COMPLETE);
    }
    return *point;
  }
  SampledStudy& study() { return study_; }

 private:
  SampledStudy study_;
  SearchSpec search_;
  std::unique_ptr<Sampler> sampler_;
};

TEST(DistinctPointsTest, EveryPointOfASmallSpaceComesOnceAndThenNone) {
  for (const char* const sampler : {"random", "sobol", "halton", "tpe", "nsga2"}) {
    SampledStudy study(absl::StrCat(kSmall, "search { sampler { ", sampler, " {} } }"));
    const std::vector<Point> points = study.Rest();
    EXPECT_THAT(points, SizeIs(kSmallPoints)) << sampler;
    EXPECT_THAT(std::set<Point>(points.begin(), points.end()), SizeIs(kSmallPoints)) << sampler;
    EXPECT_EQ(study.sampler().TotalPoints(), kSmallPoints);
    EXPECT_EQ(study.Next(), std::nullopt);
  }
}

TEST(DistinctPointsTest, ASamplerThatInsistsGetsTheNearestFreePoint) {
  InsistingStudy study(kLine, {500});
  std::set<double> values;
  for (int i = 0; i < 17; ++i) values.insert(*(*study.Next())[0]);
  EXPECT_THAT(values, SizeIs(17));
  EXPECT_EQ(*values.begin(), 492);
  EXPECT_EQ(*values.rbegin(), 508);
}

TEST(DistinctPointsTest, WhenAllNearItAreTakenTheFirstFreePointComes) {
  InsistingStudy study(kLine, {500});
  for (int i = 0; i < 17; ++i) study.Next();
  EXPECT_EQ(study.Next(), Point{0});
  EXPECT_EQ(study.Next(), Point{1});
  study.study().mutable_history().SetPoint(17, {999});  // the trial that had 0
  EXPECT_EQ(study.Next(), Point{0});
  EXPECT_EQ(study.Next(), Point{2});
}

TEST(DistinctPointsTest, AnInsistingSamplerTooIsLedThroughTheWholeSpace) {
  InsistingStudy study(kSmall, {0, 9, 3});
  std::set<Point> points;
  while (const std::optional<Point> point = study.Next()) EXPECT_TRUE(points.insert(*point).second);
  EXPECT_THAT(points, SizeIs(kSmallPoints));
}

TEST(DistinctPointsTest, TrialsInAnyStateTakeTheirPoints) {
  SampledStudy study(absl::StrCat(kSmall, "search { sampler { random {} } }"));
  int number = 0;
  for (const TrialState state : {RUNNING, COMPLETE, PRUNED, FAIL, WAITING}) {
    study.Add({0, 1.0 + number++, std::nullopt}, state);
  }
  EXPECT_THAT(study.Rest(), SizeIs(kSmallPoints - 5));
}

TEST(DistinctPointsTest, WhatIsNoPointOfTheSpaceTakesNone) {
  SampledStudy study(absl::StrCat(kSmall, "search { sampler { random {} } }"));
  study.Add({0, 99, std::nullopt}, COMPLETE);
  study.Add({0, 9, std::nullopt}, COMPLETE);  // without the leaf that it needs
  study.Add(Point(3), WAITING);
  EXPECT_THAT(study.Rest(), SizeIs(kSmallPoints));
}

TEST(DistinctPointsTest, AValueWithRoundingErrorsIsTheSame) {
  SampledStudy study(R"(
    function { noop {} }
    parameter { name: "x" float { low: 0 high: 1 step: 0.1 } }
    search { sampler { random {} } } )");
  study.Add({3 * 0.1}, COMPLETE);
  ASSERT_NE(3 * 0.1, 0.3);
  const std::vector<Point> points = study.Rest();
  EXPECT_THAT(points, SizeIs(10));
  EXPECT_THAT(points, testing::Not(testing::Contains(Point{0.3})));
}

TEST(DistinctPointsTest, APointIsFreeAgainWhenItsTrialGetsAnother) {
  SampledStudy study(absl::StrCat(kSmall, "search { sampler { random {} } }"));
  study.Rest();
  study.mutable_history().SetPoint(3, Point(3));
  const Point freed = *study.Next();
  EXPECT_EQ(study.Next(), std::nullopt);
  EXPECT_EQ(study.space().Check(freed), absl::OkStatus());
}

TEST(DistinctPointsTest, FixedParametersCountOnce) {
  SampledStudy study(
      absl::StrCat(kSmall, "search { sampler { random {} } fix { parameter: \"depth\" value: \"8\" } }"));
  EXPECT_EQ(study.sampler().TotalPoints(), 10);
  EXPECT_THAT(study.Rest(), SizeIs(10));
}

TEST(DistinctPointsTest, OnlySpacesWithAChoiceAndAnEndAreLimited) {
  const auto is_limited = [](const std::string& parameters) {
    return HasLimitedPoints(SampledStudy("function { noop {} } " + parameters).space());
  };
  EXPECT_TRUE(is_limited("parameter { name: 'x' int { low: 0 high: 1 } }"));
  EXPECT_TRUE(
      is_limited("parameter { name: 'x' int { low: 0 high: 1 } } parameter { name: 'y' float { low: 1 high: 1 } }"));
  EXPECT_FALSE(
      is_limited("parameter { name: 'x' int { low: 0 high: 1 } } parameter { name: 'y' float { low: 0 high: 1 } }"));
  EXPECT_FALSE(is_limited("parameter { name: 'x' int { low: 7 high: 7 } }"));
  EXPECT_FALSE(is_limited(""));
}

TEST(DistinctPointsTest, ASpaceTooLargeToListIsKeptApartAsFarAsItGoes) {
  InsistingStudy study("function { noop {} } parameter { name: 'x' int { low: 0 high: 9000000000 } }", {5});
  std::set<double> values;
  for (int i = 0; i < 14; ++i) values.insert(*(*study.Next())[0]);
  EXPECT_THAT(values, SizeIs(14));
  EXPECT_EQ(study.Next(), Point{5});
}

}  // namespace
}  // namespace parzen
