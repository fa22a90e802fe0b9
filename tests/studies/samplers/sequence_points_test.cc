// The Sobol and Halton samplers: what becomes of a sequence's points in a space.
#include <map>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/samplers/sobol_sequence.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

constexpr char kSpace[] = R"(
  train { transform { scale {} } random_forest {} }
  parameter { name: "share" sets: "transform[0].scale.subtract" float { low: 0 high: 0.5 } }
  parameter { name: "features" sets: "random_forest.max_features" categorical { choice: "sqrt" choice: "log2" choice: "0.5" choice: "all" } }
  parameter { name: "depth" sets: "random_forest.max_depth" int { low: 1 high: 8 } } )";

class SequencePointsTest : public testing::TestWithParam<std::string> {
 protected:
  static SampledStudy Study(const std::string& space, const std::string& options = "", const std::string& more = "") {
    return SampledStudy(
        absl::StrCat(space, " search { seed: 3 sampler { ", GetParam(), " {", options, "} } ", more, "}"));
  }
  static Point Suggest(SampledStudy& study, int64_t number, int32_t redraw = 0) {
    const auto point = study.sampler().Suggest(number, redraw);
    EXPECT_TRUE(point.ok() && point->has_value());
    return **point;
  }
};

TEST_P(SequencePointsTest, ATrialGetsThePointOfItsNumberWhateverOthersHave) {
  SampledStudy alone = Study(kSpace), late = Study(kSpace);
  const std::vector<Point> points = alone.Rest(30);
  late.Add(Point(3), FAIL);
  EXPECT_EQ(Suggest(late, 29), points[29]);
  EXPECT_EQ(Suggest(late, 7), points[7]);
}

TEST_P(SequencePointsTest, CategoriesAreCoveredEvenly) {
  SampledStudy study = Study(kSpace);
  std::map<double, int> counts;
  for (const Point& point : study.Rest(64)) ++counts[*point[1]];
  EXPECT_EQ(counts.size(), 4u);
  for (const auto& [category, count] : counts) EXPECT_NEAR(count, 16, 2) << category;
}

TEST_P(SequencePointsTest, ARedrawGivesAnotherPoint) {
  SampledStudy study = Study(kSpace);
  EXPECT_NE(Suggest(study, 5, 1), Suggest(study, 5, 0));
  EXPECT_NE(Suggest(study, 5, 2), Suggest(study, 5, 1));
  EXPECT_EQ(Suggest(study, 5, 2), Suggest(study, 5, 2));
}

TEST_P(SequencePointsTest, OnlyScrambledPointsDependOnTheSeed) {
  const auto points = [](const std::string& options, int seed) {
    return SampledStudy(
               absl::StrCat(kSpace, "search { seed: ", seed, " sampler { ", GetParam(), " {", options, "} } }"))
        .Rest(20);
  };
  EXPECT_NE(points("", 1), points("", 2));
  EXPECT_EQ(points("scramble: false", 1), points("scramble: false", 2));
  EXPECT_EQ(*points("scramble: false", 1)[1][0], 0.25);
}

TEST_P(SequencePointsTest, FixedParametersTakeNoDimension) {
  SampledStudy fixed = Study(kSpace, "", "fix { parameter: \"features\" value: \"log2\" }");
  const std::string without = R"(
    train { transform { scale {} } random_forest {} }
    parameter { name: "share" sets: "transform[0].scale.subtract" float { low: 0 high: 0.5 } }
    parameter { name: "depth" sets: "random_forest.max_depth" int { low: 1 high: 8 } } )";
  SampledStudy missing = Study(without);
  for (int64_t number = 0; number < 20; ++number) {
    const Point point = Suggest(fixed, number), other = Suggest(missing, number);
    EXPECT_EQ(point, (Point{other[0], 1, other[1]}));
  }
}

TEST_P(SequencePointsTest, AParameterThatIsAbsentDoesNotShiftTheOthers) {
  const std::string conditional = absl::StrCat(kSpace, R"(
    parameter { name: "leaf" sets: "random_forest.min_samples_leaf" int { low: 1 high: 9 } when { parameter: "depth" at_least: 4 } }
    parameter { name: "trees" sets: "random_forest.trees" int { low: 1 high: 90 } } )");
  const std::string always = absl::StrCat(kSpace, R"(
    parameter { name: "leaf" sets: "random_forest.min_samples_leaf" int { low: 1 high: 9 } }
    parameter { name: "trees" sets: "random_forest.trees" int { low: 1 high: 90 } } )");
  SampledStudy one = Study(conditional), other = Study(always);
  bool absent = false;
  for (int64_t number = 0; number < 20; ++number) {
    const Point point = Suggest(one, number);
    EXPECT_EQ(point[4], Suggest(other, number)[4]);
    absent |= !point[3].has_value();
  }
  EXPECT_TRUE(absent);
}

INSTANTIATE_TEST_SUITE_P(EverySequence, SequencePointsTest, testing::Values("sobol", "halton"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace parzen
