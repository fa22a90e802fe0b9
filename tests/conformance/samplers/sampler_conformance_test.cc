// What every sampler must keep to, over every one that is registered: the contract in sampler.h, on spaces of each
// kind.
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

constexpr size_t kTrials = 60;

struct NamedSpace {
  const char* name;
  const char* spec;
};

constexpr NamedSpace kSpaces[] = {
    {"Empty", "train { random_forest {} }"},
    {"Numbers", R"(
      train { random_forest {} }
      parameter { name: "share" sets: "split.validation" float { low: 0.05 high: 0.5 } }
      parameter { name: "trees" sets: "random_forest.trees" int { low: 1 high: 500 log: true } }
      parameter { name: "depth" sets: "random_forest.max_depth" int { low: 1 high: 31 step: 3 } } )"},
    {"Categories", R"(
      train { random_forest {} }
      parameter { name: "criterion" sets: "random_forest.criterion" categorical { choice: "GINI" choice: "ENTROPY" } }
      parameter { name: "features" sets: "random_forest.max_features" categorical { choice: "sqrt" choice: "log2" choice: "0.5" } }
      parameter { name: "bootstrap" sets: "random_forest.bootstrap" categorical { choice: "true" choice: "false" } } )"},
    {"OneValue", R"(
      train { random_forest {} }
      parameter { name: "share" sets: "split.validation" float { low: 0.25 high: 0.25 } }
      parameter { name: "depth" sets: "random_forest.max_depth" int { low: 3 high: 3 } }
      parameter { name: "criterion" sets: "random_forest.criterion" categorical { choice: "GINI" } } )"},
    {"Conditional", R"(
      train { random_forest {} }
      parameter { name: "trees" sets: "random_forest.trees" int { low: 10 high: 50 } when { parameter: "model" equals: "random_forest" } }
      parameter { name: "model" sets: "model" categorical { choice: "random_forest" choice: "decision_tree" } }
      parameter { name: "depth" sets: "decision_tree.max_depth" int { low: 1 high: 9 } when { parameter: "model" equals: "decision_tree" } }
      parameter { name: "leaf" sets: "decision_tree.min_samples_leaf" int { low: 1 high: 4 } when { parameter: "depth" at_least: 5 } } )"},
};

class SamplerConformanceTest : public testing::TestWithParam<std::tuple<std::string, NamedSpace>> {
 protected:
  static SampledStudy Study(int64_t seed = 7) {
    const auto& [sampler, space] = GetParam();
    return SampledStudy(absl::StrCat(space.spec, " search { seed: ", seed, " sampler { ", sampler, " {} } }"));
  }

  static std::optional<Point> Suggest(Sampler& sampler, size_t number) {
    const auto point = sampler.Suggest(static_cast<int64_t>(number), 0);
    EXPECT_TRUE(point.ok()) << point.status();
    return point.value_or(std::nullopt);
  }
};

TEST_P(SamplerConformanceTest, EveryPointIsOneOfTheSpace) {
  SampledStudy study = Study();
  for (const Point& point : study.Rest(kTrials)) EXPECT_EQ(study.space().Check(point), absl::OkStatus());
}

TEST_P(SamplerConformanceTest, ValuesSurviveTheWayToTheirExternalFormAndBack) {
  SampledStudy study = Study();
  for (const Point& point : study.Rest(kTrials)) {
    for (size_t i = 0; i < point.size(); ++i) {
      if (!point[i].has_value()) continue;
      EXPECT_EQ(*ValueFromJson(study.space().distribution(i), study.space().ToJson(i, *point[i])), *point[i]);
    }
  }
}

TEST_P(SamplerConformanceTest, TheSameStudyGetsTheSamePoints) {
  EXPECT_EQ(Study().Rest(kTrials), Study().Rest(kTrials));
}

TEST_P(SamplerConformanceTest, ASamplerThatHasSeenNothingAnswersAsOneThatHasSeenAll) {
  SampledStudy study = Study();
  for (size_t number = 0; number < kTrials; ++number) {
    const auto fresh = study.NewSampler();
    const std::optional<Point> point = Suggest(**fresh, number);
    EXPECT_EQ(study.Next(), point) << "trial " << number;
  }
}

TEST_P(SamplerConformanceTest, AskingTwiceGivesTheSamePoint) {
  SampledStudy study = Study();
  study.Rest(kTrials / 2);
  const size_t number = study.history().size();
  EXPECT_EQ(Suggest(study.sampler(), number), Suggest(study.sampler(), number));
}

TEST_P(SamplerConformanceTest, TrialsInEveryStateAreCopedWith) {
  SampledStudy study = Study();
  constexpr TrialState kStates[] = {RUNNING, COMPLETE, PRUNED, FAIL, WAITING};
  for (size_t i = 0; i < kTrials; ++i) {
    const std::optional<Point> point = study.Next(kStates[i % 5]);
    if (!point.has_value()) break;
    EXPECT_EQ(study.space().Check(*point), absl::OkStatus());
  }
}

// Another program may have added trials whose parameters are unknown here, or outside the space.
TEST_P(SamplerConformanceTest, TrialsOfOthersAreCopedWith) {
  SampledStudy study = Study();
  study.Add(Point(study.space().size()), WAITING);
  study.Add(Point(study.space().size(), 1e6), COMPLETE);
  const std::optional<Point> point = study.Next();
  if (point.has_value()) {
    EXPECT_EQ(study.space().Check(*point), absl::OkStatus());
  }
}

TEST_P(SamplerConformanceTest, AFiniteSpaceEndsAfterExactlyItsPoints) {
  SampledStudy study = Study();
  const std::optional<int64_t> total = study.sampler().TotalPoints();
  if (!total.has_value()) {
    EXPECT_EQ(study.Rest(kTrials).size(), kTrials);  // a space without end does not end
    return;
  }
  const std::vector<Point> points = study.Rest();
  EXPECT_EQ(static_cast<int64_t>(points.size()), *total);
  EXPECT_EQ(std::set<Point>(points.begin(), points.end()).size(), points.size()) << "a point came twice";
}

TEST_P(SamplerConformanceTest, EveryParameterIsSomewherePresent) {
  SampledStudy study = Study();
  std::vector<bool> present(study.space().size());
  for (const Point& point : study.Rest(kTrials)) {
    for (size_t i = 0; i < point.size(); ++i) present[i] = present[i] || point[i].has_value();
  }
  EXPECT_THAT(present, testing::Each(true));
}

// A sampler either uses the seed, and then every part of it, or does not.
TEST_P(SamplerConformanceTest, SeedsThatDifferGiveDifferentPoints) {
  const bool finite = Study().sampler().TotalPoints().has_value();
  const std::string space = std::get<1>(GetParam()).name;
  if (finite || space == "Empty" || space == "OneValue") return;  // there is nothing to differ in
  const std::vector<Point> points = Study(7).Rest(kTrials);
  for (const int64_t seed : {int64_t{8}, int64_t{-7}, int64_t{7} << 40})
    EXPECT_NE(Study(seed).Rest(kTrials), points) << seed;
}

INSTANTIATE_TEST_SUITE_P(EverySampler, SamplerConformanceTest,
                         testing::Combine(testing::ValuesIn(Registry<SamplerFactory>::Global().Names()),
                                          testing::ValuesIn(kSpaces)),
                         [](const auto& info) {
                           return absl::StrCat(std::get<0>(info.param), "_", std::get<1>(info.param).name);
                         });

}  // namespace
}  // namespace parzen
