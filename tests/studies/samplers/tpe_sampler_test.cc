#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "studies/history.h"
#include "studies/samplers/sampler.h"
#include "studies/samplers/tpe_model.h"
#include "studies/search_space.h"

namespace parzen {
namespace {

constexpr char kTwo[] =
    "parameter { name: \"x\" float { low: -5 high: 5 } } parameter { name: \"y\" float { low: 1e-4 high: 1 log: true } "
    "} ";
constexpr char kMixed[] =
    "parameter { name: \"x\" float { low: -5 high: 5 } } parameter { name: \"n\" int { low: 1 high: 20 } } "
    "parameter { name: \"c\" categorical { choice: \"a\" choice: \"b\" choice: \"d\" } } ";
// c decides over p and q, which decide over r.
constexpr char kNested[] =
    "parameter { name: \"x\" float { low: 0 high: 1 } } "
    "parameter { name: \"c\" categorical { choice: \"a\" choice: \"b\" } } "
    "parameter { name: \"p\" float { low: 0 high: 1 } when { parameter: \"c\" equals: \"a\" } } "
    "parameter { name: \"q\" int { low: 1 high: 9 } when { parameter: \"c\" equals: \"a\" } } "
    "parameter { name: \"r\" float { low: 0 high: 1 } when { parameter: \"q\" at_least: 4 } } ";

// A study that this test runs: what is suggested, and what becomes of it.
class TpeStudy {
 public:
  explicit TpeStudy(const std::string& parameters, const std::string& options = "",
                    std::vector<Direction> directions = {MINIMIZE}, int seed = 3)
      : directions_(std::move(directions)) {
    const std::string text = absl::StrCat("name: \"study\" function { sphere {} } objective { direction: MINIMIZE } ",
                                          parameters, " search { seed: ", seed, " sampler { tpe { ", options, " } } }");
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec_)) << text;
    absl::StatusOr<SearchSpace> space = SearchSpace::Create(spec_);
    EXPECT_TRUE(space.ok()) << space.status();
    space_.emplace(*std::move(space));
    sampler_ = *New();
  }

  absl::StatusOr<std::unique_ptr<Sampler>> New() const {
    return MakeSampler({*space_, spec_.search(), directions_, history_});
  }

  Point Suggest(int32_t redraw = 0) { return SuggestFrom(*sampler_, redraw); }
  Point SuggestCold() { return SuggestFrom(**New(), 0); }

  void Add(Point point, TrialState state, std::vector<double> values = {}, double violation = 0) {
    HistoryTrial trial;
    trial.number = static_cast<int64_t>(history_.size());
    trial.state = state;
    trial.point = std::move(point);
    trial.values = std::move(values);
    trial.violation = violation;
    history_.Add(std::move(trial));
  }

  // Runs trials one after the other.
  template <typename Objective>
  void Run(int trials, const Objective& objective) {
    for (int i = 0; i < trials; ++i) {
      Point point = Suggest();
      const double value = objective(point);
      Add(std::move(point), COMPLETE, {value});
    }
  }

  const SearchSpace& space() const { return *space_; }
  History& history() { return history_; }

  // The sets of parameters that are modelled together.
  std::set<std::vector<size_t>> Blocks(const TpeOptions& options) const {
    TpeModel model(*space_, history_, directions_, options);
    std::set<std::vector<size_t>> blocks;
    for (size_t i = 0; i < space_->size(); ++i) {
      if (const TpeBlock* const block = model.BlockOf(i)) blocks.insert(block->parameters());
    }
    return blocks;
  }

 private:
  Point SuggestFrom(Sampler& sampler, int32_t redraw) const {
    const int64_t number = history_.size() == 0 ? 0 : history_[history_.size() - 1].number + 1;
    const auto point = sampler.Suggest(number, redraw);
    EXPECT_TRUE(point.ok() && point->has_value()) << point.status();
    EXPECT_EQ(space_->Check(**point), absl::OkStatus());
    return **point;
  }

  std::vector<Direction> directions_;
  StudySpec spec_;
  std::optional<SearchSpace> space_;
  History history_;
  std::unique_ptr<Sampler> sampler_;
};

double Bowl(const Point& point) {
  double value = 0;
  for (const std::optional<double>& x : point) value += x.has_value() ? (*x - 1) * (*x - 1) : 0;
  return value;
}

TEST(TpeSamplerTest, AfterTheStartTrialsAreNearTheBestOnes) {
  TpeStudy study("parameter { name: \"x\" float { low: -100 high: 100 } } ");
  study.Run(60, Bowl);
  int near = 0;
  for (size_t i = 40; i < 60; ++i) near += std::abs(*study.history()[i].point[0] - 1) < 20;
  EXPECT_GE(near, 12);  // 4 of 20 by chance
}

TEST(TpeSamplerTest, TheStartDoesNotDependOnTheValues) {
  TpeStudy low(kTwo);
  TpeStudy high(kTwo);
  for (int i = 0; i < 10; ++i) {
    const Point point = low.Suggest();
    EXPECT_EQ(point, high.Suggest());
    low.Add(point, COMPLETE, {Bowl(point)});
    high.Add(point, COMPLETE, {-Bowl(point)});
  }
  EXPECT_NE(low.Suggest(), high.Suggest());
}

TEST(TpeSamplerTest, OptionsAreHeeded) {
  const auto after = [](const std::string& options) {
    TpeStudy study(kMixed, options);
    study.Run(60, Bowl);
    return study.Suggest();
  };
  const Point usual = after("preset: OPTUNA5");
  EXPECT_EQ(after("preset: OPTUNA5 startup_trials: 10 multivariate: true group: false candidates: 24 good_share: 0.1 "
                  "most_good: 25 weights: RECENT apart_share: 0 narrowest: 0.01 good_width: 1 even_startup: false"),
            usual);
  for (const char* const options :
       {"startup_trials: 61", "candidates: 2", "multivariate: false", "prior_weight: 50", "magic_clip: false",
        "endpoints: true", "good_share: 0.5", "most_good: 1", "weights: EQUAL", "weights: IMPROVEMENT",
        "apart_share: 1", "narrowest: 0.2", "good_width: 3", "even_startup: true"}) {
    EXPECT_NE(after(absl::StrCat("preset: OPTUNA5 ", options)), usual) << options;
  }
}

TEST(TpeSamplerTest, TheDefaultsAreThoseOfItsDocumentation) {
  const auto after = [](const std::string& options) {
    TpeStudy study(kMixed, options);
    study.Run(30, Bowl);
    return study.Suggest();
  };
  EXPECT_EQ(after(""), after("preset: PARZEN startup_trials: 10 candidates: 26 multivariate: true good_share: 0.2 "
                             "most_good: 40 weights: IMPROVEMENT apart_share: 0.2 narrowest: 0.005 good_width: 0.8 "
                             "even_startup: true"));
}

TEST(TpeSamplerTest, OptionsOverrideThePresetOfParzen) {
  const auto after = [](const std::string& options) {
    TpeStudy study(kMixed, options);
    study.Run(60, Bowl);
    std::vector<Point> points;
    for (size_t i = 0; i < study.history().size(); ++i) points.push_back(study.history()[i].point);
    points.push_back(study.Suggest());
    return points;
  };
  for (const char* const options : {"startup_trials: 61", "candidates: 2", "good_share: 0.02", "most_good: 1",
                                    "weights: EQUAL", "apart_share: 1", "narrowest: 0.5", "good_width: 3"}) {
    EXPECT_NE(after(options), after("")) << options;
  }
}

// Improvements are not numbers where values are infinite, and all 0 where values are equal.
TEST(TpeSamplerTest, ValuesWithoutImprovementsWeighAlike) {
  for (const double value : {1.0, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    TpeStudy study(kMixed, "weights: IMPROVEMENT");
    study.Run(30, [value](const Point&) { return value; });
    EXPECT_EQ(study.space().Check(study.Suggest()), absl::OkStatus()) << value;
  }
}

TEST(TpeSamplerTest, AGroupWithoutMultivariateIsRefused) {
  TpeStudy study(kTwo);
  StudySpec spec;
  spec.mutable_search()->mutable_sampler()->mutable_tpe()->set_group(true);
  spec.mutable_search()->mutable_sampler()->mutable_tpe()->set_multivariate(false);
  const auto sampler = MakeSampler({study.space(), spec.search(), {MINIMIZE}, study.history()});
  EXPECT_EQ(sampler.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TpeSamplerTest, ARedrawIsAnotherPoint) {
  TpeStudy study(kTwo);
  EXPECT_NE(study.Suggest(1), study.Suggest(0));
  study.Run(20, Bowl);
  EXPECT_NE(study.Suggest(1), study.Suggest(0));
  EXPECT_EQ(study.Suggest(1), study.Suggest(1));
}

// The mean distance of eight trials that run at once from each other, over many studies.
double MeanDistanceOfPending(const std::string& liar) {
  double sum = 0;
  int pairs = 0;
  for (int seed = 0; seed < 20; ++seed) {
    TpeStudy study("parameter { name: \"x\" float { low: 0 high: 1 } } ", liar, {MINIMIZE}, seed);
    for (int i = 0; i < 50; ++i) study.Add({(i + 0.5) / 50}, COMPLETE, {std::abs((i + 0.5) / 50 - 0.505)});
    std::vector<double> pending;
    for (int i = 0; i < 8; ++i) {
      const Point point = study.Suggest();
      for (const double other : pending) sum += std::abs(*point[0] - other);
      pairs += static_cast<int>(pending.size());
      pending.push_back(*point[0]);
      study.Add(point, RUNNING);
    }
  }
  return sum / pairs;
}

TEST(TpeSamplerTest, TrialsInParallelKeepApartWithTheLiar) {
  EXPECT_GT(MeanDistanceOfPending("constant_liar: true"), 1.3 * MeanDistanceOfPending("constant_liar: false"));
}

TEST(TpeSamplerTest, BlocksFollowFromTheSpaceAndTheOptions) {
  TpeStudy study(kNested);
  using Blocks = std::set<std::vector<size_t>>;
  TpeOptions options;
  EXPECT_EQ(study.Blocks(options), (Blocks{{0, 1}, {2}, {3}, {4}}));
  options.group = true;
  EXPECT_EQ(study.Blocks(options), (Blocks{{0, 1}, {2, 3}, {4}}));
  options.multivariate = options.group = false;
  EXPECT_EQ(study.Blocks(options), (Blocks{{0}, {1}, {2}, {3}, {4}}));
}

TEST(TpeSamplerTest, WhatHangsOnAFixedParameterIsJoinedWithTheRest) {
  TpeStudy study(
      "parameter { name: \"c\" categorical { choice: \"a\" } } parameter { name: \"x\" float { low: 0 high: 1 } } "
      "parameter { name: \"p\" float { low: 0 high: 1 } when { parameter: \"c\" equals: \"a\" } } ");
  EXPECT_EQ(study.Blocks(TpeOptions()), (std::set<std::vector<size_t>>{{1, 2}}));
}

TEST(TpeSamplerTest, NestedConditionsGiveWholePointsAndAreLearnt) {
  for (const char* const options : {"", "group: true", "multivariate: false"}) {
    TpeStudy study(kNested, options);
    // The good ones lie where c is "a", q is high, and r is low.
    study.Run(120, [](const Point& point) {
      if (!point[4].has_value()) return 10 - point[3].value_or(0);
      return *point[4];
    });
    int good = 0;
    for (size_t i = 90; i < 120; ++i) good += study.history()[i].point[4].value_or(1) < 0.3;
    EXPECT_GE(good, 15) << options;  // 3 of 30 by chance
  }
}

TEST(TpeSamplerTest, FeasibleTrialsAreFollowedThoughInfeasibleOnesAreBetter) {
  TpeStudy study("parameter { name: \"x\" float { low: 0 high: 1 } } ");
  for (int i = 0; i < 60; ++i) {
    const Point point = study.Suggest();
    study.Add(point, COMPLETE, {*point[0]}, std::max(0.0, 0.5 - *point[0]));
  }
  int feasible = 0;
  // The optimum is on the bound itself, and half of what is tried around it a little beyond.
  for (size_t i = 40; i < 60; ++i) feasible += *study.history()[i].point[0] >= 0.4;
  EXPECT_GE(feasible, 16);
  // Of ten observations one is good: never an infeasible one.
  TpeModel model(study.space(), study.history(), {MINIMIZE}, TpeOptions());
  model.Update();
  for (const uint32_t index : model.split().below()) EXPECT_EQ(study.history()[index].violation, 0);
}

TEST(TpeSamplerTest, SeveralObjectivesAreSearchedTowardsTheFront) {
  TpeStudy study(kTwo, "", {MINIMIZE, MINIMIZE});
  const auto far = [&](size_t begin) {
    double sum = 0;
    for (size_t i = begin; i < begin + 20; ++i) {
      const double x = *study.history()[i].point[0];
      sum += std::max({0.0, x - 2, -x}) + std::abs(std::log(*study.history()[i].point[1] / 0.01));
    }
    return sum;
  };
  for (int i = 0; i < 100; ++i) {
    const Point point = study.Suggest();
    const double off = std::abs(std::log(*point[1] / 0.01));
    // The front: x between 0 and 2, y at 0.01.
    study.Add(point, COMPLETE, {*point[0] * *point[0] + off, (*point[0] - 2) * (*point[0] - 2) + off});
  }
  EXPECT_LT(far(80), 0.6 * far(0));
}

TEST(TpeSamplerTest, AConstantObjectiveIsNoTrouble) {
  TpeStudy study(kMixed);
  study.Run(80, [](const Point&) { return 1.0; });
}

TEST(TpeSamplerTest, InfiniteValuesAreNoTrouble) {
  TpeStudy study(kMixed);
  const double infinity = std::numeric_limits<double>::infinity();
  study.Run(80, [&](const Point& point) { return *point[0] > 0 ? infinity : -infinity; });
}

TEST(TpeSamplerTest, WhileAllTrialsFailTheStartGoesOn) {
  TpeStudy study(kTwo);
  for (int i = 0; i < 40; ++i) study.Add(study.Suggest(), FAIL);
  EXPECT_NE(study.Suggest(), study.history()[39].point);
}

TEST(TpeSamplerTest, WithoutStartTheFirstTrialComesFromThePrior) {
  TpeStudy study(kMixed, "startup_trials: 0");
  study.Run(30, Bowl);
}

TEST(TpeSamplerTest, AParameterOfOneValueKeepsIt) {
  TpeStudy study(
      "parameter { name: \"x\" float { low: 2 high: 2 } } parameter { name: \"n\" int { low: 4 high: 4 } } "
      "parameter { name: \"y\" float { low: 0 high: 1 } } ");
  study.Run(30, Bowl);
  EXPECT_EQ(study.Suggest()[0], 2);
  EXPECT_EQ(study.Suggest()[1], 4);
}

TEST(TpeSamplerTest, ATrialThatLacksAParameterLeavesTheOthersModelAsItWas) {
  TpeStudy study(kTwo);
  study.Run(31, Bowl);
  study.Add({std::nullopt, std::nullopt}, FAIL);
  const Point before = study.Suggest();
  study.history().Move(31, COMPLETE, {1e9});
  EXPECT_EQ(study.Suggest(), before);  // above, with nothing to be above with
}

// Every kind of change there is, read by one sampler that sees them all and by one that sees only the result.
TEST(TpeSamplerTest, AColdCacheGivesTheSameBitsWhateverHappened) {
  constexpr TrialState kStates[] = {RUNNING, COMPLETE, COMPLETE, COMPLETE, PRUNED, FAIL, WAITING};
  for (const char* const options :
       {"", "group: true", "multivariate: false", "constant_liar: false", "magic_clip: false"}) {
    for (const char* const space : {kMixed, kNested}) {
      TpeStudy study(space, options);
      RandomStream random(11, 0, "test");
      History& history = study.history();
      const auto move = [&](size_t index) {
        const TrialState to = kStates[random.Below(7)];
        if (to == PRUNED) history.Report(index, static_cast<int64_t>(random.Below(5)), random.Normal());
        history.Move(index, to,
                     to == COMPLETE ? std::vector<double>{std::floor(random.Uniform(0, 30))} : std::vector<double>{},
                     random.Below(8) == 0 ? random.Uniform() : 0);
      };
      for (size_t i = 0; i < 250; ++i) {
        const Point point = study.Suggest();
        if (i % 5 == 0) {
          EXPECT_EQ(study.SuggestCold(), point) << options << " trial " << i;
        }
        study.Add(point, RUNNING);
        Point other = point;
        other[0] = 1e3 * random.Normal();  // out of range
        if (i % 17 == 3) history.SetPoint(i, other);
        if (i % 41 == 7) history.SetPoint(random.Below(i), Point(point.size()));
        if (i % 43 == 9) history.SetPoint(random.Below(i), point);
        move(i);
        if (i % 4 == 0) move(random.Below(i + 1));
      }
    }
  }
}

}  // namespace
}  // namespace parzen
