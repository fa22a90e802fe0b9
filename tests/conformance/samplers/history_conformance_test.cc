// What every sampler must keep to whatever the history holds, over every one that is registered: the contract in
// sampler.h, on histories that go wrong in each way.
#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

constexpr int kTrials = 70;  // more than any sampler draws at random first
constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr char kMixed[] = R"(
  parameter { name: "x" float { low: -1 high: 2 } }
  parameter { name: "rate" float { low: 1e-4 high: 1 log: true } }
  parameter { name: "step" float { low: 0 high: 1 step: 0.1 } }
  parameter { name: "layers" int { low: 1 high: 64 log: true } }
  parameter { name: "kind" categorical { choice: "a" choice: "b" choice: "c" } }
  parameter { name: "depth" int { low: 1 high: 9 } when { parameter: "kind" equals: "b" } } )";

class HistoryConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  static SampledStudy Study(const std::string& parameters, int objectives = 1, const std::string& search = "") {
    std::string spec = "function { noop {} } ";
    for (int m = 0; m < objectives; ++m) {
      absl::StrAppend(&spec, "objective { direction: ", m == 0 ? "MINIMIZE" : "MAXIMIZE", " }");
    }
    return SampledStudy(
        absl::StrCat(spec, parameters, " search { seed: 5 sampler { ", GetParam(), " {} } ", search, " }"));
  }

  // Trials one by one, each of which `end` brings to its end; every point is checked, and compared with that of a
  // sampler that has seen nothing.
  template <typename End>
  static std::vector<Point> Run(SampledStudy& study, const End& end, int trials = kTrials) {
    std::vector<Point> points;
    for (int i = 0; i < trials; ++i) {
      const int64_t number = static_cast<int64_t>(study.history().size());
      const auto fresh = study.NewSampler();
      EXPECT_TRUE(fresh.ok()) << fresh.status();
      const auto expected = (*fresh)->Suggest(number, 0);
      EXPECT_TRUE(expected.ok()) << expected.status();
      const std::optional<Point> point = study.Next(RUNNING);
      EXPECT_EQ(point, *expected) << "trial " << number;
      if (!point.has_value()) break;  // a grid
      EXPECT_EQ(study.space().Check(*point), absl::OkStatus());
      end(study.mutable_history(), static_cast<size_t>(number));
      points.push_back(*point);
    }
    return points;
  }
};

TEST_P(HistoryConformanceTest, AllTrialsMayFail) {
  SampledStudy study = Study(kMixed);
  Run(study, [](History& history, size_t i) { history.Move(i, FAIL); });
}

TEST_P(HistoryConformanceTest, AllTrialsMayBePrunedWithAndWithoutSteps) {
  SampledStudy study = Study(kMixed);
  Run(study, [](History& history, size_t i) {
    if (i % 3 > 0) history.Report(i, static_cast<int64_t>(i % 5), i % 3 == 1 ? std::nan("") : 1.0 / (i + 1));
    history.Move(i, PRUNED);
  });
}

TEST_P(HistoryConformanceTest, TheObjectiveMayBeConstant) {
  SampledStudy study = Study(kMixed);
  Run(study, [](History& history, size_t i) { history.Move(i, COMPLETE, {1.5}); });
}

TEST_P(HistoryConformanceTest, ValuesMayBeInfinite) {
  SampledStudy study = Study(kMixed);
  Run(study, [](History& history, size_t i) {
    history.Move(i, COMPLETE, {i % 3 == 0 ? kInfinity : i % 3 == 1 ? -kInfinity : 1.0 * i});
  });
}

TEST_P(HistoryConformanceTest, ThereMayBeSeveralObjectivesWithInfiniteValues) {
  SampledStudy study = Study(kMixed, 2);
  Run(study, [](History& history, size_t i) {
    const double x = *history[i].point[0];
    history.Move(i, COMPLETE, {i % 11 == 0 ? kInfinity : x, i % 13 == 0 ? -kInfinity : x * x});
  });
}

TEST_P(HistoryConformanceTest, NoTrialNeedBeFeasible) {
  SampledStudy study = Study(kMixed);
  Run(study, [](History& history, size_t i) {
    history.Move(i, COMPLETE, {1.0 * i}, i % 7 == 0 ? kInfinity : 1 + static_cast<double>(i % 4));
  });
}

TEST_P(HistoryConformanceTest, StatesMayChangeInAnyOrder) {
  SampledStudy study = Study(kMixed);
  Run(study, [](History& history, size_t i) {
    constexpr TrialState kStates[] = {RUNNING, COMPLETE, PRUNED, FAIL, WAITING};
    const size_t other = i * 7 % (i + 1);
    const TrialState state = kStates[i % 5];
    history.Move(other, state, state == COMPLETE ? std::vector<double>{1.0 * i} : std::vector<double>());
  });
}

TEST_P(HistoryConformanceTest, PointsOfOthersMayLieOutsideOrMissValues) {
  SampledStudy study = Study(kMixed);
  study.Add({1e300, -5, 0.05, 1e9, 7, 3}, COMPLETE, {1});
  study.Add({-1e300, 0, -1, 0.5, -1, std::nullopt}, COMPLETE, {0});
  study.Add(Point(6), COMPLETE, {2});
  study.Add({0.5, 0.1, std::nullopt, 3, 1, std::nullopt}, WAITING, {});
  Run(study, [](History& history, size_t i) { history.Move(i, COMPLETE, {1.0 * (i % 9)}); });
}

TEST_P(HistoryConformanceTest, FixedParametersKeepTheirValues) {
  SampledStudy study =
      Study(kMixed, 1, R"(fix { parameter: "rate" value: "0.01" } fix { parameter: "kind" value: "b" })");
  const std::vector<Point> points =
      Run(study, [](History& history, size_t i) { history.Move(i, COMPLETE, {1.0 * (i % 9)}); });
  for (const Point& point : points) {
    EXPECT_EQ(point[1], 0.01);
    EXPECT_EQ(point[4], 1);
  }
}

TEST_P(HistoryConformanceTest, ARedrawIsAnotherPoint) {
  SampledStudy study = Study(kMixed);
  if (study.sampler().TotalPoints().has_value()) return;  // a grid has none to give
  for (int i = 0; i < kTrials; ++i) {
    const int64_t number = static_cast<int64_t>(study.history().size());
    const auto first = study.sampler().Suggest(number, 0), second = study.sampler().Suggest(number, 1);
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_NE(**first, **second) << number;
    EXPECT_EQ(study.space().Check(**second), absl::OkStatus());
    study.Next(COMPLETE);
  }
}

TEST_P(HistoryConformanceTest, BracketsAreSearchedApart) {
  SampledStudy study = Study(kMixed);
  study.Divide([](int64_t number) { return static_cast<int32_t>(number * number % 3); });
  Run(study, [](History& history, size_t i) { history.Move(i, COMPLETE, {*history[i].point[0]}); });
}

TEST_P(HistoryConformanceTest, ACategoricalMayHaveVeryManyChoices) {
  constexpr int kChoices = 100'000;
  std::string parameter = "parameter { name: \"c\" categorical { ";
  for (int i = 0; i < kChoices; ++i) absl::StrAppend(&parameter, "choice: \"", i, "\" ");
  SampledStudy study = Study(parameter + "} }");
  for (int i = 0; i < kTrials; ++i) {
    const std::optional<Point> point = study.Next(COMPLETE);
    ASSERT_TRUE(point.has_value());
    EXPECT_EQ(study.space().Check(*point), absl::OkStatus());
  }
}

INSTANTIATE_TEST_SUITE_P(EverySampler, HistoryConformanceTest,
                         testing::ValuesIn(Registry<SamplerFactory>::Global().Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace parzen
