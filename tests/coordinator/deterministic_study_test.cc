// With search.deterministic a study is the same, bit for bit, whoever runs it and whatever happens meanwhile: slots in
// any number and at any speed, lost leases, workers that give trials back, reports that come twice, coordinators that
// die.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "base/log.h"
#include "base/random_stream.h"
#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

constexpr int64_t kSteps = 9;

// What a trial measures: functions of its point and number, some of which fail.
double Value(const FunctionTask& task, uint64_t which) {
  double value = 0.2 * RandomStream(task.study_seed(), task.trial_number(), "test/value").Fork(which).Normal();
  for (const double x : task.x())
    value += (x - 0.3 * static_cast<double>(which)) * (x - 0.3 * static_cast<double>(which));
  return value;
}
double ValueAt(const FunctionTask& task, int64_t step) {
  const double noise =
      RandomStream(task.study_seed(), task.trial_number(), "test/step").Fork(static_cast<uint64_t>(step)).Normal();
  return Value(task, 0) + static_cast<double>(kSteps - step) * 0.3 + 0.1 * noise;
}
bool Fails(const FunctionTask& task) {
  return RandomStream(task.study_seed(), task.trial_number(), "test/fails").Below(12) == 0;
}

class SimulatedCluster : public DispatcherTest {
 public:
  void TestBody() override {}

  // Runs the study with so many slots in an order that `random` chooses; with `chaos`, things go wrong as well. Returns
  // its trials as text, all numbers to the last bit.
  std::string Run(const StudySpec& spec, size_t slots, bool chaos, RandomStream random) {
    const absl::Status created = Create(spec);
    EXPECT_TRUE(created.ok()) << created;
    slots_.resize(slots);
    for (Slot& slot : slots_) Join(slot);
    for (int event = 0; event < 100'000 && !IsFinished(); ++event) {
      if (chaos && random.Below(25) == 0) {
        GoWrong(random);
      } else {
        Advance(slots_[random.Below(slots_.size())]);
      }
      // Slots that died without a word hold their trials until then.
      if (random.Below(40) == 0) Pass(kLease / 3);
    }
    EXPECT_TRUE(IsFinished());
    return Table();
  }

 private:
  struct Slot {
    ConnectionId connection = 0;
    bool asked = false;
    std::optional<Assignment> trial;
    int64_t step = 0;  // the last one reported
  };

  const RunningStudy& Study() { return *dispatcher_->FindStudy("s"); }

  bool IsFinished() {
    const RunningStudy& study = Study();
    if (study.WantsNewTrial() || study.OldestWaiting().has_value() || study.AwaitedTrial().has_value()) return false;
    return study.running() == 0;
  }

  // Many inputs share a commit, as in the coordinator.
  void Transact(const std::function<absl::Status()>& input, bool refresh = true) override {
    if (!is_open_) {
      ASSERT_TRUE(store_->Begin().ok());
    }
    is_open_ = true;
    if (refresh) {
      ASSERT_TRUE(dispatcher_->Refresh(now_).ok());
    }
    ASSERT_TRUE(input().ok());
    ASSERT_TRUE(dispatcher_->Assign(now_).ok());
    sent_ = dispatcher_->TakeOutbox();
    if (++inputs_ % 50 == 0) Commit();
    Deliver();
  }
  void Commit() {
    if (is_open_) {
      ASSERT_TRUE(store_->Commit().ok());
    }
    is_open_ = false;
  }

  // A new worker takes the slot's place; what the old one had is left to its lease.
  void Join(Slot& slot) {
    slot = {};
    slot.connection = Connect(absl::StrCat("worker-", connections_made_));
  }

  // The slot does the next thing that it has to do.
  void Advance(Slot& slot) {
    if (!slot.trial.has_value()) {
      if (!std::exchange(slot.asked, true)) Ask(slot.connection);
      return;
    }
    const FunctionTask& task = slot.trial->task().function();
    const bool has_curve = task.spec().has_curve();
    if (has_curve && slot.step < kSteps) {
      ++slot.step;
      const std::optional<bool> goes_on =
          Report(slot.connection, slot.trial->lease(), slot.step, ValueAt(task, slot.step));
      if (goes_on != true) slot.trial.reset();
    } else if (Fails(task)) {
      Fail(slot.connection, slot.trial->lease(), "as it had to");
      slot.trial.reset();
    } else {
      FinishWith(slot.connection, slot.trial->lease(),
                 task.spec().has_zdt1() ? std::vector<std::pair<std::string, double>>{{"value_1", Value(task, 0)},
                                                                                      {"value_2", Value(task, 1)}}
                                        : std::vector<std::pair<std::string, double>>{{"value", Value(task, 0)}});
      slot.trial.reset();
    }
  }

  // Any input may bring the answer to a request that waits.
  void Deliver() {
    for (const OutgoingMessage& sent : sent_) {
      if (!sent.message.has_assignment()) continue;
      for (Slot& slot : slots_) {
        if (slot.connection != sent.connection || !slot.asked) continue;
        slot.trial = sent.message.assignment();
        slot.step = 0;
        slot.asked = false;
      }
    }
  }

  void GoWrong(RandomStream& random) {
    Slot& slot = slots_[random.Below(slots_.size())];
    switch (random.Below(7)) {
      case 0:  // dies without a word
        return Join(slot);
      case 1:  // all are cut off for longer than their leases
        return Pass(kLease);
      case 2:
        if (slot.trial.has_value()) Release(slot.connection, slot.trial->lease());
        return slot.trial.reset();
      case 3:  // does not know whether its last report arrived
        if (slot.trial.has_value() && slot.step > 0) --slot.step;
        return;
      case 6:  // is cut off, trains on, and comes back with the end and all that had no answer
        return FinishAlone(slot);
      case 4:  // comes back too late with a trial that was lost
        Pass(kLease);
        return Advance(slot);
      default:
        return RestartCoordinator(random);
    }
  }

  void FinishAlone(Slot& slot) {
    if (!slot.trial.has_value() || !slot.trial->task().function().spec().has_curve()) return;
    const FunctionTask task = slot.trial->task().function();
    WorkerMessage message;
    TrialEnd& end = *message.mutable_end();
    *end.mutable_lease() = slot.trial->lease();
    while (slot.step < kSteps) {
      StepValue& step = *end.add_step();
      step.set_step(++slot.step);
      step.set_value(ValueAt(task, slot.step));
    }
    if (Fails(task)) {
      end.set_failure("as it had to");
    } else {
      MetricValue& metric = *end.mutable_result()->add_metric();
      metric.set_name("value");
      metric.set_value(Value(task, 0));
    }
    TellEnd(slot.connection, message);
    slot.trial.reset();
  }

  void RestartCoordinator(RandomStream& random) {
    Commit();
    Restart();
    for (Slot& slot : slots_) {
      if (random.Below(3) == 0) {
        Join(slot);
        continue;
      }
      // Comes back with what it holds, and asks anew.
      slot.connection =
          Connect(absl::StrCat("worker-", slot.connection), 1, false,
                  slot.trial.has_value() ? std::vector<Lease>{slot.trial->lease()} : std::vector<Lease>());
      slot.asked = false;
    }
  }

  std::string Table() {
    std::string table;
    for (int64_t number = 0; number < Study().NextNumber(); ++number) {
      const TrialRecord trial = Trial(number);
      absl::StrAppend(&table, trial.number(), " ", TrialState_Name(trial.state()));
      for (const double value : trial.value()) absl::StrAppendFormat(&table, " %a", value);
      for (const NamedJson& parameter : trial.parameter()) {
        absl::StrAppend(&table, " ", parameter.name(), "=", parameter.json());
      }
      for (const StepValue& step : trial.step()) absl::StrAppendFormat(&table, " %d:%a", step.step(), step.value());
      absl::StrAppend(&table, "\n");
    }
    return table;
  }

  std::vector<Slot> slots_;
  bool is_open_ = false;  // a transaction
  int inputs_ = 0;
};

constexpr char kMixedSpace[] = R"(
  parameter { name: "x" float { low: -1 high: 2 } }
  parameter { name: "y" float { low: 1e-2 high: 1 log: true } }
  parameter { name: "kind" categorical { choice: "1" choice: "2" choice: "4" } }
  parameter { name: "n" int { low: 1 high: 5 } when { parameter: "kind" one_of { value: "2" value: "4" } } } )";
constexpr char kFewPoints[] = R"(
  parameter { name: "x" int { low: 0 high: 6 } } parameter { name: "y" float { low: 0 high: 1 step: 0.2 } } )";
constexpr char kOne[] = "objective { direction: MINIMIZE } function { sphere {} curve { steps: 9 } }";
constexpr char kTwo[] = "objective { direction: MINIMIZE } objective { direction: MAXIMIZE } function { zdt1 {} }";

struct Kind {
  const char* work;
  const char* space;
  const char* search;
};
constexpr Kind kKinds[] = {
    {kOne, kMixedSpace, "sampler { tpe { startup_trials: 5 } } pruner { median { startup_trials: 3 } } trials: 30"},
    {kOne, kMixedSpace, "sampler { tpe { startup_trials: 5 } } pruner { hyperband { max_resource: 9 } } trials: 30"},
    {kOne, kMixedSpace, "sampler { tpe { startup_trials: 5 preset: OPTUNA5 } } pruner { hyperband {} } trials: 30"},
    {kOne, kMixedSpace,
     "sampler { tpe { group: true startup_trials: 4 } } pruner { successive_halving {} } trials: 30"},
    {kOne, kMixedSpace,
     "sampler { nsga2 { population: 6 } } pruner { percentile { percentile: 40 startup_trials: 2 } } trials: 30"},
    {kOne, kMixedSpace,
     "sampler { random {} } pruner { successive_halving { min_resource: 1 reduction_factor: 3 } } trials: 30"},
    {kOne, kMixedSpace,
     "sampler { grid { points: 3 } } pruner { patient { patience: 1 wraps { median {} } } } trials: 30"},
    {kOne, kFewPoints,
     R"(sampler { tpe { startup_trials: 5 } } pruner { wilcoxon { p_threshold: 0.4 } }
        enqueue { set { parameter: "x" value: "3" } } enqueue { set { parameter: "y" value: "0.4" } } trials: 30)"},
    {kOne, kFewPoints,
     "sampler { halton {} } pruner { median { startup_trials: 2 } } trials: 60"},  // more than there are points
    {kTwo, kMixedSpace, "sampler { nsga2 { population: 8 } } trials: 30"},
    {kTwo, kMixedSpace, "sampler { tpe { startup_trials: 6 } } trials: 30"},
};

StudySpec SpecOf(const Kind& kind, uint64_t seed) {
  constexpr int kLookAheads[] = {1, 3, 5, 16};
  StudySpec spec;
  const std::string text =
      absl::StrCat("name: 's' ", kind.work, kind.space, "search { max_attempts: 1000 deterministic: true ",
                   "look_ahead: ", kLookAheads[seed % 4], " seed: ", seed, " ", kind.search, "}");
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  return spec;
}

// The study as one slot does it alone, and as several do it when things go wrong.
void ExpectTheSame(uint64_t seed, int* pruned, int* complete) {
  const StudySpec spec = SpecOf(kKinds[seed % std::size(kKinds)], seed);
  const RandomStream random(seed, 0, "test/order");
  const std::string alone = SimulatedCluster().Run(spec, 1, /*chaos=*/false, random.Fork(0));
  for (const size_t slots : {size_t{1}, size_t{2} + seed % 5}) {
    const bool chaos = slots == 1 || seed % 3 != 0;
    ASSERT_EQ(SimulatedCluster().Run(spec, slots, chaos, random.Fork(slots)), alone)
        << "seed " << seed << ", " << slots << " slots\n"
        << spec.ShortDebugString();
  }
  for (size_t at = 0; (at = alone.find(" PRUNED", at)) != std::string::npos; ++at) ++*pruned;
  for (size_t at = 0; (at = alone.find(" COMPLETE", at)) != std::string::npos; ++at) ++*complete;
}

class DeterministicStudyTest : public testing::TestWithParam<int> {};

TEST_P(DeterministicStudyTest, IsTheSameWhoeverRunsItAndWhateverHappens) {
  spdlog::set_level(spdlog::level::off);
  constexpr uint64_t kSeeds = 11;  // of 88, in 8 parts: each kind with each look-ahead twice
  int pruned = 0, complete = 0;
  for (uint64_t seed = kSeeds * static_cast<uint64_t>(GetParam());
       seed < kSeeds * static_cast<uint64_t>(GetParam() + 1); ++seed) {
    ASSERT_NO_FATAL_FAILURE(ExpectTheSame(seed, &pruned, &complete));
  }
  // Else the test would say little.
  EXPECT_GT(pruned, 10);
  EXPECT_GT(complete, 50);
}

INSTANTIATE_TEST_SUITE_P(Seeds, DeterministicStudyTest, testing::Range(0, 8));

}  // namespace
}  // namespace parzen
