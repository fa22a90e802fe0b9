// What every pruner must keep to, over every one that is registered: the contract in pruner.h, on random studies.
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

// Options that a kind needs, or that make it judge early in these small studies.
std::string SpecOf(const std::string& kind) {
  if (kind == "median") return "median { startup_trials: 2 }";
  if (kind == "percentile") return "percentile { percentile: 30 startup_trials: 2 }";
  if (kind == "patient") return "patient { patience: 2 wraps { median { startup_trials: 2 } } }";
  if (kind == "hyperband") return "hyperband { max_resource: 9 }";
  return absl::StrCat(kind, " {}");
}

// What happened in a study, in order, so that it can happen again elsewhere.
struct Event {
  enum class Kind { kStart, kReport, kFinish } kind;
  size_t trial = 0;
  int64_t step = 0;
  double value = 0;
  TrialState state = RUNNING;
};

// Trials side by side, with noise, lost attempts, failures, NaN and infinities.
std::vector<Event> RandomEvents(uint64_t seed) {
  RandomStream random(seed, 0, "test");
  std::vector<Event> events;
  std::vector<std::pair<size_t, int64_t>> running;
  size_t started = 0;
  for (int i = 0; i < 600; ++i) {
    if (running.size() < 4) {
      events.push_back({Event::Kind::kStart});
      running.push_back({started++, 0});
      continue;
    }
    const size_t at = random.Below(running.size());
    auto& [trial, step] = running[at];
    if (random.Below(30) == 0) step = 0;  // begins anew, with other values: an attempt was lost
    step += 1 + static_cast<int64_t>(random.Below(2));
    constexpr double kStrange[] = {kNan, kInfinity, -kInfinity};
    const double value = random.Below(12) == 0
                             ? kStrange[random.Below(3)]
                             : static_cast<double>(trial % 7) + random.Normal() + 9.0 / static_cast<double>(step);
    events.push_back({Event::Kind::kReport, trial, step, value});
    if (step < 12 && random.Below(25) != 0) continue;
    constexpr TrialState kEnds[] = {COMPLETE, COMPLETE, COMPLETE, FAIL, WAITING};
    const TrialState state = step < 12 ? kEnds[random.Below(5)] : COMPLETE;
    events.push_back({Event::Kind::kFinish, trial, 0, value, state});
    if (state == WAITING) {
      events.push_back({Event::Kind::kFinish, trial, 0, 0, RUNNING});
      step = 0;
    } else {
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  return events;
}

class PrunerConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  // Feeds the events; `judge` is called after every report. Values times `sign`.
  template <typename Judge>
  static void Run(PrunedStudy& study, const std::vector<Event>& events, double sign, Judge judge) {
    for (const Event& event : events) {
      if (event.kind == Event::Kind::kStart) study.Start();
      if (event.kind == Event::Kind::kReport) {
        study.Tell(event.trial, event.step, sign * event.value);
        judge(event);
      }
      if (event.kind != Event::Kind::kFinish) continue;
      const bool has_value = event.state == COMPLETE && !std::isnan(event.value);
      study.Finish(event.trial, event.state == COMPLETE && !has_value ? FAIL : event.state,
                   has_value ? std::vector<double>{sign * event.value} : std::vector<double>());
    }
  }

  static std::vector<std::string> Reasons(const std::vector<Event>& events, Direction direction = MINIMIZE) {
    PrunedStudy study(SpecOf(GetParam()), direction);
    std::vector<std::string> reasons;
    Run(study, events, direction == MINIMIZE ? 1 : -1, [&](const Event& event) {
      const PrunerDecision decision = study.pruner().Judge(event.trial, event.step);
      EXPECT_EQ(decision.stop, !decision.reason.empty());
      EXPECT_EQ(decision.reason.find('\n'), std::string::npos);
      reasons.push_back(decision.reason);
    });
    return reasons;
  }

  static double Turn(Direction direction, double loss) { return direction == MINIMIZE ? loss : -loss; }

  static std::vector<bool> Stops(const std::vector<Event>& events, Direction direction) {
    std::vector<bool> stops;
    for (const std::string& reason : Reasons(events, direction)) stops.push_back(!reason.empty());
    return stops;
  }
};

TEST_P(PrunerConformanceTest, TheSameStudyIsJudgedTheSame) {
  for (uint64_t seed = 0; seed < 5; ++seed) EXPECT_EQ(Reasons(RandomEvents(seed)), Reasons(RandomEvents(seed)));
}

TEST_P(PrunerConformanceTest, APrunerThatHasSeenNothingJudgesAsOneThatHasSeenAll) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    PrunedStudy study(SpecOf(GetParam()));
    Run(study, RandomEvents(seed), 1, [&](const Event& event) {
      const PrunerDecision warm = study.pruner().Judge(event.trial, event.step);
      const PrunerDecision cold = (*study.NewPruner())->Judge(event.trial, event.step);
      EXPECT_EQ(warm.reason, cold.reason) << "trial " << event.trial << ", step " << event.step;
    });
  }
}

TEST_P(PrunerConformanceTest, APrunerThatIsAskedSeldomJudgesAsOneThatIsAskedAlways) {
  const std::vector<Event> events = RandomEvents(11);
  const std::vector<std::string> always = Reasons(events);
  PrunedStudy study(SpecOf(GetParam()));
  size_t report = 0;
  Run(study, events, 1, [&](const Event& event) {
    if (report % 7 == 0) {
      EXPECT_EQ(study.pruner().Judge(event.trial, event.step).reason, always[report]) << report;
    }
    ++report;
  });
}

TEST_P(PrunerConformanceTest, MaximisingMirrorsMinimising) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    EXPECT_EQ(Stops(RandomEvents(seed), MINIMIZE), Stops(RandomEvents(seed), MAXIMIZE));
  }
}

TEST_P(PrunerConformanceTest, ATrialThatIsBestAtEveryStepIsNeverStopped) {
  for (const Direction direction : {MINIMIZE, MAXIMIZE}) {
    PrunedStudy study(SpecOf(GetParam()), direction);
    for (uint64_t round = 0; round < 20; ++round) {
      const double base = static_cast<double>((round * 7) % 20);
      std::vector<double> curve;
      for (int step = 1; step <= 12; ++step) curve.push_back(Turn(direction, base + 1.0 / step));
      study.Completed(curve);
    }
    const size_t best = study.Start();
    for (int64_t step = 1; step <= 12; ++step) {
      EXPECT_THAT(study.Report(best, step, Turn(direction, -1 + 1.0 / static_cast<double>(step) - 0.1)), GoesOn());
    }
  }
}

// Else the tests above would say nothing.
TEST_P(PrunerConformanceTest, EveryPrunerButNoneStopsSomeTrials) {
  int stops = 0;
  for (const std::string& reason : Reasons(RandomEvents(1))) stops += !reason.empty();
  EXPECT_EQ(stops == 0, GetParam() == "none");
}

INSTANTIATE_TEST_SUITE_P(EveryPruner, PrunerConformanceTest,
                         testing::ValuesIn(Registry<PrunerFactory>::Global().Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace parzen
