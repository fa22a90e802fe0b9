#include <algorithm>
#include <map>
#include <utility>

#include "base/random_stream.h"
#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

TEST(SuccessiveHalvingPrunerTest, OneOfSoManyGoesOnFromARung) {
  PrunedStudy study("successive_halving { min_resource: 1 reduction_factor: 3 }");
  std::vector<size_t> trials;
  for (int i = 0; i < 9; ++i) trials.push_back(study.Start());
  for (size_t i = 0; i < 9; ++i) study.Tell(trials[i], 1, static_cast<double>(i));
  for (size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(study.pruner().Judge(trials[i], 1).stop, i >= 3) << i;
  }
  EXPECT_THAT(study.pruner().Judge(trials[4], 1),
              StopsBecause("4 at step 1 is number 5 of 9 trials that reached the rung at step 1; the best 3 go on"));
}

TEST(SuccessiveHalvingPrunerTest, TheFirstArrivalsGoOnOnlyWhenBestSoFar) {
  PrunedStudy study("successive_halving { min_resource: 1 }");  // factor 4
  EXPECT_THAT(study.Report(study.Start(), 1, 5), GoesOn());
  EXPECT_THAT(study.Report(study.Start(), 1, 6), StopsBecause("number 2 of 2"));
  EXPECT_THAT(study.Report(study.Start(), 1, 4), GoesOn());
  EXPECT_THAT(study.Report(study.Start(), 1, 4), GoesOn());  // as good as the best
}

TEST(SuccessiveHalvingPrunerTest, StepsBetweenRungsAreNotJudged) {
  PrunedStudy study("successive_halving { min_resource: 2 reduction_factor: 3 min_early_stopping_rate: 1 }");
  study.Completed(std::vector<double>(60, 0.0));
  const size_t trial = study.Start();
  std::vector<int64_t> judged;
  for (int64_t step = 0; step < 60; ++step) {
    if (study.Report(trial, step, 1).stop) judged.push_back(step);
  }
  EXPECT_THAT(judged, testing::ElementsAre(6, 18, 54));
}

TEST(SuccessiveHalvingPrunerTest, AStepBeyondARungReachesIt) {
  PrunedStudy study("successive_halving { min_resource: 4 reduction_factor: 2 }");
  study.Report(study.Start(), 7, 1);
  EXPECT_THAT(study.Report(study.Start(), 5, 2), StopsBecause("rung at step 4"));
}

TEST(SuccessiveHalvingPrunerTest, AStepOverSeveralRungsLetsAsFewOnAsTheyWouldTogether) {
  PrunedStudy study("successive_halving { min_resource: 1 reduction_factor: 2 }");
  std::vector<size_t> trials;
  for (int i = 0; i < 16; ++i) trials.push_back(study.Start());
  for (size_t i = 0; i < 16; ++i) study.Tell(trials[i], 4, static_cast<double>(i));  // rungs 1, 2 and 4
  for (size_t i = 0; i < 16; ++i) {
    EXPECT_EQ(study.pruner().Judge(trials[i], 4).stop, i >= 2) << i;
  }
}

TEST(SuccessiveHalvingPrunerTest, NobodyStopsBeforeEnoughTrialsReachedTheRung) {
  PrunedStudy study("successive_halving { min_resource: 1 bootstrap_count: 3 }");
  study.Report(study.Start(), 1, 1);
  EXPECT_THAT(study.Report(study.Start(), 1, 2), GoesOn());
  EXPECT_THAT(study.Report(study.Start(), 1, 2), StopsBecause("of 3"));
}

TEST(SuccessiveHalvingPrunerTest, NanAtARungStopsAndDoesNotCountAmongOthers) {
  PrunedStudy study("successive_halving { min_resource: 1 reduction_factor: 2 }");
  for (int i = 0; i < 5; ++i) EXPECT_THAT(study.Report(study.Start(), 1, kNan), StopsBecause("NaN"));
  EXPECT_THAT(study.Report(study.Start(), 1, 3), GoesOn());
  EXPECT_THAT(study.Report(study.Start(), 1, 4), StopsBecause("number 2 of 2"));
}

TEST(SuccessiveHalvingPrunerTest, WithoutAMinResourceTheLongestCompleteTrialSetsTheFirstRung) {
  PrunedStudy study("successive_halving {}");
  EXPECT_THAT(study.Report(study.Start(), 3, 9), GoesOn());  // not known yet
  const size_t longest = study.Start();
  for (const int64_t step : {1, 2, 3, 300}) study.Tell(longest, step, 0);
  study.Finish(longest, COMPLETE, {0});
  const size_t trial = study.Start();
  EXPECT_THAT(study.Report(trial, 2, 9), GoesOn());  // 300 / 100
  EXPECT_THAT(study.Report(trial, 3, 9), StopsBecause("rung at step 3"));
}

TEST(SuccessiveHalvingPrunerTest, ALongerTrialMovesTheRungs) {
  PrunedStudy study("successive_halving {}");
  for (const int64_t last : {300, 700}) {
    const size_t longest = study.Start();
    study.Tell(longest, last / 100, 0);
    study.Tell(longest, last, 0);
    study.Finish(longest, COMPLETE, {0});
    EXPECT_THAT(study.Report(study.Start(), last / 100, 9), StopsBecause(absl::StrCat("rung at step ", last / 100)));
  }
}

TEST(SuccessiveHalvingPrunerTest, RungsBeyondAllStepsStopNobody) {
  PrunedStudy study("successive_halving { min_resource: 9000000000000000000 reduction_factor: 2147483647 }");
  study.Report(study.Start(), int64_t{1} << 40, 1);
  EXPECT_THAT(study.Report(study.Start(), int64_t{1} << 40, 2), GoesOn());
}

// The rule said once more, with nothing but a list of arrivals: at each rung, all that came before and lived.
class Referee {
 public:
  explicit Referee(int64_t factor) : factor_(factor) {}
  bool Stops(int64_t step, double value) {
    int64_t rung = 1;
    while (rung < step) rung *= factor_;
    if (rung != step) return false;
    std::vector<double>& arrived = arrived_[step];
    arrived.push_back(value);
    std::vector<double> sorted = arrived;
    std::sort(sorted.begin(), sorted.end());
    const size_t promoted = std::max<size_t>(1, sorted.size() / static_cast<size_t>(factor_));
    return value > sorted[promoted - 1];
  }

 private:
  const int64_t factor_;
  std::map<int64_t, std::vector<double>> arrived_;  // by rung
};

TEST(SuccessiveHalvingPrunerTest, AHundredCurvesOnEightWorkersStopExactlyWhereTheRuleSays) {
  constexpr int64_t kSteps = 100;
  PrunedStudy study("successive_halving { min_resource: 1 reduction_factor: 3 }");
  Referee referee(3);
  RandomStream random(5, 0, "test");
  std::vector<std::pair<size_t, int64_t>> running;  // trial and its last step
  std::vector<double> quality;
  int stopped = 0, complete = 0;
  while (stopped + complete < 100) {
    while (running.size() < 8 && study.history().size() < 100) {
      running.push_back({study.Start(), 0});
      quality.push_back(random.Uniform());
    }
    const size_t at = random.Below(running.size());  // workers are not equally fast
    auto& [trial, step] = running[at];
    ++step;
    const double value =
        quality[trial] + random.Normal() * 0.3 / static_cast<double>(step) + 1.0 / static_cast<double>(step);
    const bool stop = study.Report(trial, step, value).stop;
    ASSERT_EQ(stop, referee.Stops(step, value)) << "trial " << trial << " at step " << step;
    if (!stop && step < kSteps) continue;
    study.Finish(trial, stop ? PRUNED : COMPLETE, stop ? std::vector<double>() : std::vector<double>{value});
    (stop ? stopped : complete)++;
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
  }
  EXPECT_GT(stopped, 80);
  EXPECT_GT(complete, 0);
}

constexpr char kPromote[] = "successive_halving { min_resource: 1 reduction_factor: 3 promote: true }";

TEST(SuccessiveHalvingPrunerTest, WherePausedTrialsArePromotedNoneGoesOnBeforeEnoughHaveReachedTheRung) {
  PrunedStudy study(kPromote);
  const size_t first = study.Start(), second = study.Start(), third = study.Start();
  EXPECT_THAT(study.Report(first, 1, 2),
              PausesBecause("number 1 of 1 trials that reached the rung at step 1; none goes"));
  EXPECT_THAT(study.Report(second, 1, 9), PausesBecause("number 2 of 2"));
  EXPECT_THAT(study.Report(third, 1, 5), PausesBecause("only the best goes on"));
  EXPECT_THAT(study.pruner().Judge(first, 1), GoesOn());
  EXPECT_THAT(study.pruner().Judge(second, 1), PausesBecause("number 3 of 3"));
}

TEST(SuccessiveHalvingPrunerTest, WhoEverWasPromotedIsTheBestThirdOfTheRungInAnyOrderOfReports) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    PrunedStudy study(kPromote);
    RandomStream random(seed, 0, "order");
    std::vector<double> values;
    for (int i = 0; i < 30; ++i) values.push_back(static_cast<double>(i % 12));  // with equals
    random.Shuffle(values);
    std::vector<std::pair<double, size_t>> order;
    for (const double value : values) {
      const size_t trial = study.Start();
      study.Report(trial, 1, value);
      order.emplace_back(value, trial);
    }
    std::sort(order.begin(), order.end());
    for (size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(study.pruner().Judge(order[i].second, 1).pause, i >= 10) << seed << ", " << i;
    }
  }
}

TEST(SuccessiveHalvingPrunerTest, ATrialStopsOnceAsManyAreBetterAsCanGoOnInTheEnd) {
  PrunedStudy study(kPromote, MAXIMIZE, "s", /*trials=*/9);
  std::vector<size_t> trials;
  for (int i = 0; i < 4; ++i) trials.push_back(study.Start());
  for (size_t i = 0; i < 4; ++i) study.Tell(trials[i], 1, static_cast<double>(i));
  EXPECT_THAT(study.pruner().Judge(trials[0], 1), StopsBecause("number 4 of 4"));
  EXPECT_THAT(study.pruner().Judge(trials[1], 1), PausesBecause("number 3 of 4")) << "three of nine go on";
  EXPECT_THAT(study.pruner().Judge(trials[3], 1), GoesOn());
  // Of those that may still reach the next rung, one of three goes on.
  study.Tell(trials[3], 3, 3);
  study.Tell(trials[2], 3, 4);
  EXPECT_THAT(study.pruner().Judge(trials[3], 3), PausesBecause("number 2 of 2"));
  for (const size_t ended : {trials[0], trials[1], study.Start(), study.Start()}) study.Finish(ended, PRUNED);
  EXPECT_THAT(study.pruner().Judge(trials[3], 3), StopsBecause("1 in the end")) << "five may reach it";
  EXPECT_THAT(study.pruner().Judge(trials[2], 3), PausesBecause("number 1 of 2"));
}

TEST(SuccessiveHalvingPrunerTest, ATrialThatFailsMakesWayForThoseThatPaused) {
  PrunedStudy study("successive_halving { reduction_factor: 2 promote: true }", MINIMIZE, "s", /*trials=*/10);
  const size_t best = study.Start(), second = study.Start(), third = study.Start();
  study.Tell(best, 1, 1);
  study.Tell(second, 1, 2);
  study.Tell(third, 1, 3);
  EXPECT_THAT(study.pruner().Judge(second, 1), PausesBecause("number 2 of 3"));
  study.Finish(best, FAIL);
  EXPECT_THAT(study.pruner().Judge(second, 1), GoesOn());
}

TEST(SuccessiveHalvingPrunerTest, WhereTrialsPauseNoneGoesOnOrEndsBeforeEnoughHaveReachedTheRung) {
  PrunedStudy study("successive_halving { reduction_factor: 4 promote: true bootstrap_count: 4 }", MINIMIZE, "s", 8);
  std::vector<size_t> trials;
  for (int i = 0; i < 4; ++i) trials.push_back(study.Start());
  for (size_t i = 0; i < 3; ++i) EXPECT_THAT(study.Report(trials[i], 1, static_cast<double>(i)), PausesBecause("none"));
  EXPECT_THAT(study.Report(trials[3], 1, 3), StopsBecause("2 in the end"));
  EXPECT_THAT(study.pruner().Judge(trials[0], 1), GoesOn());
}

TEST(SuccessiveHalvingPrunerTest, WhereTrialsPauseNanStops) {
  PrunedStudy study(kPromote);
  EXPECT_THAT(study.Report(study.Start(), 1, kNan), StopsBecause("NaN"));
}

TEST(SuccessiveHalvingPrunerTest, WhereTrialsPauseTheFirstRungIsTheFirstStepUnlessToldOtherwise) {
  PrunedStudy study("successive_halving { promote: true }");
  EXPECT_THAT(study.Report(study.Start(), 1, 5), PausesBecause("step 1"));
}

}  // namespace
}  // namespace parzen
