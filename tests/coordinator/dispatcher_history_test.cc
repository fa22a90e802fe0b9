// What the search sees after a restart is what it saw before.
#include <cmath>
#include <limits>

#include "absl/strings/str_format.h"
#include "base/random_stream.h"
#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

// A trial as text; numbers to the last bit, all NaN alike.
std::string Shown(const HistoryTrial& trial) {
  const auto number = [](double value) {
    return std::isnan(value) ? std::string("nan") : absl::StrFormat("%a", value);
  };
  std::string text = absl::StrCat("trial ", trial.number, " ", TrialState_Name(trial.state), " point");
  for (const std::optional<double>& value : trial.point) absl::StrAppend(&text, " ", value ? number(*value) : "-");
  absl::StrAppend(&text, " values");
  for (const double value : trial.values) absl::StrAppend(&text, " ", number(value));
  absl::StrAppend(&text, " violation ", number(trial.violation), " steps");
  for (const Step& step : trial.steps) absl::StrAppend(&text, " ", step.step, ":", number(step.value));
  return text;
}

class HistoryTest : public DispatcherTest {
 protected:
  static StudySpec Spec(const std::string& search) {
    StudySpec spec;
    const std::string text = R"(
      name: "s" objective { direction: MINIMIZE } command { argv: "true" }
      parameter { name: "x" float { low: 1e-3 high: 5 log: true } }
      parameter { name: "kind" categorical { choice: "a" choice: "b" } }
      parameter { name: "n" int { low: 1 high: 9 } when { parameter: "kind" equals: "b" } }
      constraint { metric: "seconds" at_most: 1 } constraint { metric: "size" at_most: 0.1 } )";
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec));
    EXPECT_TRUE(
        google::protobuf::TextFormat::MergeFromString(absl::StrCat("search { trials: 1000 ", search, "}"), &spec));
    return spec;
  }

  std::vector<std::string> History() {
    std::vector<std::string> trials;
    const RunningStudy* const study = dispatcher_->FindStudy("s");
    for (size_t i = 0; i < study->history().size(); ++i) trials.push_back(Shown(study->history()[i]));
    return trials;
  }

  // Some minutes of a busy study: reports, ends of every kind, losses.
  void Live(RandomStream& random, int events) {
    const ConnectionId worker =
        Connect(absl::StrCat("worker", connections_made_), 1000, false, {}, /*allow_commands=*/true);
    std::vector<Lease> held;
    const auto strange = [&](double value) {
      constexpr double kStrange[] = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                                     -std::numeric_limits<double>::infinity()};
      return random.Below(8) == 0 ? kStrange[random.Below(3)] : value;
    };
    for (int i = 0; i < events; ++i) {
      if (held.size() < 4) {
        held.push_back(Ask(worker)->lease());
        continue;
      }
      const size_t at = random.Below(held.size());
      const Lease lease = held[at];
      const uint64_t event = random.Below(20);
      if (event < 13) {
        if (Report(worker, lease, static_cast<int64_t>(random.Below(9)), strange(random.Normal())) == true) continue;
      } else if (event < 17) {
        FinishWith(
            worker, lease,
            {{"value", strange(random.Normal())}, {"seconds", 2 * random.Uniform()}, {"size", random.Uniform()}});
      } else if (event == 17) {
        Fail(worker, lease, "no luck");
      } else if (event == 18) {
        Release(worker, lease);
      } else {
        Pass(kLease);  // all are lost
        held.clear();
        continue;
      }
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

  // The point that a study read from the file suggests next.
  std::string SuggestedFromFile() {
    const absl::StatusOr<StoredStudy> stored = store_->FindStudy("s");
    const auto loaded = RunningStudy::Load(*stored, *store_);
    const auto point = (*loaded)->SuggestNext();
    HistoryTrial trial;
    trial.number = (*loaded)->NextNumber();
    trial.point = **point;
    return Shown(trial);
  }
};

constexpr const char* kSearches[] = {
    R"(sampler { tpe { startup_trials: 3 } } pruner { median { startup_trials: 2 } }
       enqueue { set { parameter: "x" value: "0.3" } } enqueue { set { parameter: "kind" value: "b" } })",
    "sampler { tpe { startup_trials: 3 } } pruner { hyperband { max_resource: 8 reduction_factor: 2 } }",
    "sampler { random {} } pruner { patient { patience: 1 wraps { successive_halving {} } } }",
};

TEST_F(HistoryTest, ARestartChangesNoTrialAndNotTheNextSuggestion) {
  for (size_t i = 0; i < std::size(kSearches); ++i) {
    const absl::Status created = Create(Spec(kSearches[i]));
    ASSERT_TRUE(created.ok()) << created;
    RandomStream random(i, 0, "test");
    for (int round = 0; round < 3; ++round) {
      Live(random, 70);
      const std::vector<std::string> before = History();
      const std::string suggested = SuggestedFromFile();
      Restart();
      ASSERT_EQ(History(), before) << kSearches[i];
      EXPECT_EQ(SuggestedFromFile(), suggested);
    }
    // A sampler that saw everything happen suggests what one does that has read the file.
    Pass(kLease);
    const ConnectionId worker = Connect("last", 1000, false, {}, /*allow_commands=*/true);
    size_t old = History().size();
    while (History().size() == old) {  // trials that wait go first
      const std::string expected = SuggestedFromFile();
      ASSERT_TRUE(Ask(worker).has_value());
      if (History().size() > old) {
        HistoryTrial made = dispatcher_->FindStudy("s")->history()[old];
        EXPECT_EQ(Shown(made), expected);
      }
    }
    const std::vector<std::string> all = History();
    EXPECT_THAT(all, testing::Contains(testing::HasSubstr(" PRUNED ")));
    EXPECT_THAT(all, testing::Contains(testing::HasSubstr(" COMPLETE ")));
    Execute(
        "DELETE FROM studies; DELETE FROM trials; DELETE FROM trial_params; DELETE FROM trial_values; "
        "DELETE FROM trial_intermediate_values; DELETE FROM trial_system_attributes; DELETE FROM study_directions; "
        "DELETE FROM study_system_attributes; DELETE FROM trial_user_attributes");
    Restart();
  }
}

TEST_F(HistoryTest, TrialsOfAnotherSpaceKeepTheirNumbersAndLoseUnknownParameters) {
  ASSERT_TRUE(Create(Spec("")).ok());
  Execute(R"sql(
    INSERT INTO trials (trial_id, number, study_id, state) VALUES (1, 0, 1, 'COMPLETE'), (2, 1, 1, 'PRUNED'), (3, 2, 1, 'COMPLETE');
    INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (1, 0, 3.5, 'FINITE'), (2, 0, 1.5, 'FINITE');
    INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES
      (1, 'x', 700, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1000.0, "log": false}}'),
      (1, 'kind', 7, '{"name": "CategoricalDistribution", "attributes": {"choices": [0, 1, 2, 3, 4, 5, 6, 7]}}'),
      (1, 'unknown', 1, '{"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 9}}'),
      (2, 'x', 9e999, '{}'), (2, 'n', -4, '{}');
    INSERT INTO trial_system_attributes (trial_id, "key", value_json) VALUES (1, 'constraints', '[-1.0, 0.5, Infinity, 2]');
  )sql");
  Restart();
  EXPECT_THAT(History(),
              testing::ElementsAre("trial 0 COMPLETE point 0x1.5ep+9 - - values 0x1.cp+1 violation inf steps",
                                   "trial 1 PRUNED point - - -0x1p+2 values violation 0x0p+0 steps",
                                   // COMPLETE without a value is what no search can use.
                                   "trial 2 FAIL point - - - values violation 0x0p+0 steps"));
  EXPECT_TRUE(Ask(Connect("alice", 1, false, {}, /*allow_commands=*/true)).has_value());
}

TEST_F(HistoryTest, BothOfOptunasFormsOfConstraintsAreRead) {
  ASSERT_TRUE(Create(Spec("")).ok());
  Execute(R"sql(
    INSERT INTO trials (trial_id, number, study_id, state) VALUES (1, 0, 1, 'COMPLETE'), (2, 1, 1, 'COMPLETE'), (3, 2, 1, 'COMPLETE'), (4, 3, 1, 'COMPLETE');
    INSERT INTO trial_values (trial_id, objective, value, value_type) SELECT trial_id, 0, trial_id, 'FINITE' FROM trials;
    INSERT INTO trial_system_attributes (trial_id, "key", value_json) VALUES
      (1, 'constraints', '[0.25, -1, 0.5]'), (2, 'constraints:a', '1.5'), (2, 'constraints:b', '-3'),
      (3, 'constraints', 'null'), (4, 'constraints', '[-0.5]'), (4, 'constraints:a', '0');
  )sql");
  Restart();
  std::vector<double> violations;
  for (size_t i = 0; i < 4; ++i) violations.push_back(dispatcher_->FindStudy("s")->history()[i].violation);
  EXPECT_THAT(violations, testing::ElementsAre(0.75, 1.5, std::numeric_limits<double>::infinity(), 0));
  EXPECT_EQ(Summary().best().number(), 3);
  ASSERT_EQ(Trial(0).constraint_size(), 3);
  EXPECT_EQ(Trial(0).constraint(2).name(), "2");
  EXPECT_EQ(Trial(0).constraint(2).value(), 0.5);
}

}  // namespace
}  // namespace parzen
