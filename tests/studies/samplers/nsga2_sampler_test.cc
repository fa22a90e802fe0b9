#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/pareto.h"
#include "studies/samplers/nsga2_parents.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

History HistoryOf(const std::vector<std::vector<double>>& values, const std::vector<double>& violations = {}) {
  History history;
  for (size_t i = 0; i < values.size(); ++i) {
    HistoryTrial trial;
    trial.number = static_cast<int64_t>(i);
    trial.state = COMPLETE;
    trial.values = values[i];
    if (!violations.empty()) trial.violation = violations[i];
    history.Add(std::move(trial));
  }
  return history;
}

std::vector<size_t> Best(const History& history, size_t count, std::vector<Direction> directions = {MINIMIZE}) {
  return Nsga2Parents(history, std::move(directions), count).Best();
}

TEST(Nsga2ParentsTest, WithOneObjectiveTheyAreTheBest) {
  const History history = HistoryOf({{3}, {1}, {kInfinity}, {2}, {-kInfinity}, {5}, {0}});
  EXPECT_THAT(Best(history, 3), ElementsAre(4, 6, 1));
  EXPECT_THAT(Best(history, 3, {MAXIMIZE}), ElementsAre(2, 5, 0));
}

TEST(Nsga2ParentsTest, FrontsComeInOrderAndTheirEndsFirst) {
  const History history = HistoryOf({{4, 4}, {0, 3}, {1, 1.9}, {1.1, 1.8}, {2, 1}, {3, 0}, {5, 5}});
  EXPECT_THAT(Best(history, 7, {MINIMIZE, MINIMIZE}), ElementsAre(1, 5, 4, 2, 3, 0, 6));
  EXPECT_THAT(Best(history, 7, {MAXIMIZE, MAXIMIZE})[0], 6);
}

TEST(Nsga2ParentsTest, FeasibleTrialsComeFirstAndThenSmallViolations) {
  const History history = HistoryOf({{1}, {9}, {2}, {0}, {8}}, {0.5, 0, 0.1, kInfinity, 0});
  EXPECT_THAT(Best(history, 5), ElementsAre(4, 1, 2, 0, 3));
}

TEST(Nsga2ParentsTest, OnlyCompleteTrialsWithAllTheirValuesCount) {
  History history = HistoryOf({{1}, {2, 3}, {std::nan("")}, {}, {4}});
  history.Move(0, FAIL);
  EXPECT_THAT(Best(history, 5), ElementsAre(4));
  EXPECT_THAT(Best(History(), 5), IsEmpty());
}

// Whatever was asked between, the answer is that of one who looks for the first time.
TEST(Nsga2ParentsTest, TheAnswerDependsOnTheHistoryOnly) {
  RandomStream random(1, 0, "test");
  History history;
  Nsga2Parents watching(history, {MINIMIZE, MAXIMIZE}, 7);
  for (int step = 0; step < 600; ++step) {
    const size_t i = random.Below(history.size() + 3);
    if (i >= history.size()) {
      HistoryTrial trial;
      trial.number = static_cast<int64_t>(history.size());
      history.Add(std::move(trial));
    } else {
      const bool completes = random.Below(4) > 0;
      std::vector<double> values;
      if (completes) values = {random.Uniform(), random.Uniform()};
      history.Move(i, completes ? COMPLETE : WAITING, values, random.Below(3) == 0 ? random.Uniform() : 0);
    }
    if (random.Below(3) == 0) {
      ASSERT_EQ(watching.Best(), Nsga2Parents(history, {MINIMIZE, MAXIMIZE}, 7).Best()) << "step " << step;
    }
  }
}

constexpr int kDimensions = 10;

std::string ZdtSpec(const std::string& sampler, int seed) {
  std::string spec = "function { noop {} } objective { direction: MINIMIZE } objective { direction: MAXIMIZE }";
  for (int i = 0; i < kDimensions; ++i) {
    absl::StrAppend(&spec, "parameter { name: \"x", i, "\" float { low: 0 high: 1 } }");
  }
  return absl::StrCat(spec, "search { seed: ", seed, " sampler { ", sampler, " } }");
}

// ZDT1 (Zitzler, Deb and Thiele, 2000), its second objective negated.
std::vector<double> Zdt1(const Point& point) {
  double g = 1;
  for (int i = 1; i < kDimensions; ++i) g += 9 * *point[i] / (kDimensions - 1);
  return {*point[0], -g * (1 - std::sqrt(*point[0] / g))};
}

double ZdtVolume(const std::string& sampler, int seed) {
  SampledStudy study(ZdtSpec(sampler, seed));
  std::vector<std::vector<double>> minimised;
  for (int i = 0; i < 1000; ++i) {
    std::vector<double> values = Zdt1(study.Try(Zdt1));
    values[1] = -values[1];
    minimised.push_back(std::move(values));
  }
  return Hypervolume(minimised, {1.1, 1.1});
}

// The best possible is .87; random trials reach none of this box.
TEST(Nsga2SamplerTest, ItFindsTheFrontOfZdt1WhereRandomTrialsDoNot) {
  for (const int seed : {1, 2, 3}) {
    EXPECT_GT(ZdtVolume("nsga2 {}", seed), 0.6) << seed;
    EXPECT_LT(ZdtVolume("random {}", seed), 0.1) << seed;
  }
}

TEST(Nsga2SamplerTest, ItMinimisesOneObjectiveToo) {
  const auto best_of = [](const std::string& sampler) {
    SampledStudy study(absl::StrCat(
        "function { noop {} } objective { direction: MINIMIZE } parameter { name: \"x\" float { low: -5 high: 5 } }"
        "parameter { name: \"y\" float { low: -5 high: 5 } } parameter { name: \"c\" categorical { choice: \"a\" "
        "choice: \"b\" } }"
        "search { seed: 1 sampler { ",
        sampler, " } }"));
    double best = kInfinity;
    for (int i = 0; i < 300; ++i) {
      study.Try([&best](const Point& point) {
        const double value = std::pow(*point[0] - 1.3, 2) + std::pow(*point[1] - 1.3, 2) + 5 * *point[2];
        best = std::min(best, value);
        return std::vector<double>{value};
      });
    }
    return best;
  };
  EXPECT_LT(best_of("nsga2 {}"), best_of("random {}") / 2);
}

TEST(Nsga2SamplerTest, TrialsAreRandomUntilThePopulationIsComplete) {
  SampledStudy study(ZdtSpec("nsga2 { population: 20 }", 1)), random(ZdtSpec("random {}", 1));
  for (int i = 0; i < 19; ++i) EXPECT_EQ(study.Try(Zdt1), random.Try(Zdt1));
  study.Next(RUNNING);
  random.Next(RUNNING);
  EXPECT_EQ(study.Next(FAIL), random.Next(FAIL));
  study.Try(Zdt1);
  random.Try(Zdt1);
  EXPECT_NE(study.Next(), random.Next());
}

TEST(Nsga2SamplerTest, AChildHasItsParentsValuesExceptWhatIsChanged) {
  SampledStudy study(ZdtSpec("nsga2 { population: 2 crossover: 1 mutation: 0 }", 1));
  const Point low(kDimensions, 0.25), high(kDimensions, 0.75);
  study.Add(low, COMPLETE, {0, 1});
  study.Add(high, COMPLETE, {1, 2});
  for (int64_t number = 2; number < 50; ++number) {
    const Point child = **study.sampler().Suggest(number, 0);
    int changed = 0;
    for (const auto& value : child) changed += *value != 0.25 && *value != 0.75;
    // A copy of a parent has one parameter changed.
    EXPECT_LE(changed, 1);
    EXPECT_NE(child, low);
    EXPECT_NE(child, high);
  }
}

TEST(Nsga2SamplerTest, ConditionsAreRepairedWhenParentsDiffer) {
  SampledStudy study(R"(
    function { noop {} } objective { direction: MINIMIZE }
    parameter { name: "kind" categorical { choice: "a" choice: "b" } }
    parameter { name: "a" float { low: 0 high: 1 } when { parameter: "kind" equals: "a" } }
    parameter { name: "b" float { low: 0 high: 1 } when { parameter: "kind" equals: "b" } }
    search { sampler { nsga2 { population: 4 } } } )");
  for (int i = 0; i < 200; ++i) {
    const Point point = study.Try([i](const Point&) { return std::vector<double>{1.0 * (i % 17)}; });
    ASSERT_EQ(study.space().Check(point), absl::OkStatus());
  }
}

}  // namespace
}  // namespace parzen
