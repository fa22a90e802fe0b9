// What every registered objective must hold; the contract is in worker/objectives/objective.h. A new objective needs an
// example here.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>

#include "base/registry.h"
#include "google/protobuf/text_format.h"
#include "worker/objectives/objective.h"

namespace parzen {
namespace {

struct Example {
  std::string short_task;
  std::string endless_task;  // far longer than a test may take
};

const std::map<std::string, Example>& Examples() {
  static const auto* const examples = new std::map<std::string, Example>{
      {"train",
       {"train { spec { dataset { digits { train: 200 test: 0 } } mlp { hidden: 8 dropout: 0.1 training { epochs: 4 } "
        "} } "
        "watched_metric: 'validation_accuracy' }",
        "train { spec { dataset { digits { train: 200 test: 0 } } random_forest { trees: 100000 } } }"}},
      {"function",
       {"function { spec { sphere {} noise: 1 curve { noise: 1 } } x: [1, 2] study_seed: 3 trial_number: 4 }",
        "function { spec { sleep { seconds: 86400 } } }"}},
      {"command",
       {R"(command { spec { argv: ["sh", "-c", "read -r line; echo '{\"step\": 1, \"value\": 2}'; echo \"$line\""] }
                     input: '{"value": 3}' })",
        R"(command { spec { argv: ["sleep", "86400"] } })"}}};
  return *examples;
}

class ObjectiveConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  ObjectiveConformanceTest() {
    const auto example = Examples().find(GetParam());
    EXPECT_NE(example, Examples().end()) << "an objective without an example";
    if (example != Examples().end()) example_ = example->second;
    const absl::StatusOr<ObjectiveFactory> factory = Registry<ObjectiveFactory>::Global().Find(GetParam());
    EXPECT_TRUE(factory.ok());
    objective_ = (*factory)(ObjectiveInputs{cache_, /*allow_commands=*/true});
  }

  static TrialTask Task(const std::string& text) {
    TrialTask task;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &task)) << text;
    return task;
  }
  // Result and steps of the short task.
  std::string Outcome() {
    std::map<int64_t, double> steps;
    const absl::StatusOr<TrialResult> result = objective_->Run(
        Task(example_.short_task), {stop_, [&steps](int64_t step, double value) { return Keep(step, value, steps); }});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? Words(steps, *result) : "";
  }
  // The same when the trial pauses at each step and another objective goes on.
  std::string OutcomeWithPauses() {
    std::map<int64_t, double> steps;
    TrialTask task = Task(example_.short_task);
    for (int attempts = 0; attempts < 100; ++attempts) {
      const std::unique_ptr<Objective> next =
          (*Registry<ObjectiveFactory>::Global().Find(GetParam()))(ObjectiveInputs{cache_, /*allow_commands=*/true});
      const int64_t from = task.has_progress() ? task.progress().step() : -1;
      std::string checkpoint;
      int64_t last = from;
      TrialHooks hooks{stop_, [&](int64_t step, double value) {
                         Keep(step, value, steps);
                         last = step;
                         return step <= from;  // what begins again comes by here once more
                       }};
      hooks.pause.asked = [&] { return last > from; };
      hooks.pause.save = [&](std::string bytes) { checkpoint = std::move(bytes); };
      const absl::StatusOr<TrialResult> result = next->Run(task, hooks);
      if (result.ok()) return Words(steps, *result);
      EXPECT_TRUE(absl::IsCancelled(result.status())) << result.status();
      task.mutable_progress()->set_step(last);
      task.mutable_progress()->set_checkpoint(checkpoint);
    }
    ADD_FAILURE() << "it never came to an end";
    return "";
  }
  static bool Keep(int64_t step, double value, std::map<int64_t, double>& steps) {
    const auto [known, is_new] = steps.emplace(step, value);
    EXPECT_EQ(known->second, value) << "step " << step;
    return true;
  }
  // Without the times that are measured.
  static std::string Words(const std::map<int64_t, double>& steps, TrialResult result) {
    std::string words;
    for (const auto& [step, value] : steps) words += std::to_string(step) + ":" + std::to_string(value) + " ";
    if (result.has_train()) {
      result.mutable_train()->clear_fit_seconds();
      result.mutable_train()->clear_predict_seconds();
      for (EpochMetrics& epoch : *result.mutable_train()->mutable_epoch()) epoch.clear_seconds();
    }
    return words + result.ShortDebugString();
  }

  DataCache cache_;
  Stop stop_;
  Example example_;
  std::unique_ptr<Objective> objective_;
};

TEST_P(ObjectiveConformanceTest, IsAKindOfWork) {
  EXPECT_EQ(WorkName(Task(example_.short_task)), GetParam());
  EXPECT_EQ(WorkName(Task(example_.endless_task)), GetParam());
}

TEST_P(ObjectiveConformanceTest, TaskOfAnotherKindIsRefused) {
  const TrialHooks hooks{stop_, [](int64_t, double) { return true; }};
  EXPECT_TRUE(absl::IsInvalidArgument(objective_->Run(TrialTask(), hooks).status()));
  for (const auto& [name, example] : Examples()) {
    if (name == GetParam()) continue;
    EXPECT_TRUE(absl::IsInvalidArgument(objective_->Run(Task(example.short_task), hooks).status())) << name;
  }
}

TEST_P(ObjectiveConformanceTest, TaskThatSaysNothingIsRefused) {
  TrialTask empty;
  const auto* const field = TrialTask::descriptor()->FindFieldByName(GetParam());
  empty.GetReflection()->MutableMessage(&empty, field);
  const TrialHooks hooks{stop_, [](int64_t, double) { return true; }};
  EXPECT_TRUE(absl::IsInvalidArgument(objective_->Run(empty, hooks).status()));
}

TEST_P(ObjectiveConformanceTest, SameTaskGivesTheSameResult) {
  const std::string first = Outcome();
  EXPECT_NE(first, "");
  EXPECT_EQ(Outcome(), first);
}

TEST_P(ObjectiveConformanceTest, ATrialThatPausesAtEachStepAndGoesOnElsewhereGivesTheSameResult) {
  const std::string straight = Outcome();
  EXPECT_EQ(straight.rfind("1:", 0), 0u) << "it reports a step to pause at";
  EXPECT_EQ(OutcomeWithPauses(), straight);
}

// Ends at all only because the request is heard.
TEST_P(ObjectiveConformanceTest, RequestToStopEndsAnEndlessTrial) {
  absl::Status status;
  std::thread trial([&] {
    const TrialHooks hooks{stop_, [](int64_t, double) { return true; }};
    status = objective_->Run(Task(example_.endless_task), hooks).status();
  });
  stop_.Request();
  trial.join();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  const TrialHooks hooks{stop_, [](int64_t, double) { return true; }};
  EXPECT_TRUE(absl::IsCancelled(objective_->Run(Task(example_.endless_task), hooks).status()));
}

TEST_P(ObjectiveConformanceTest, ObjectiveIsGoodForAnotherTrialAfterAStop) {
  Stop stopped;
  stopped.Request();
  const TrialHooks hooks{stopped, [](int64_t, double) { return true; }};
  EXPECT_TRUE(absl::IsCancelled(objective_->Run(Task(example_.endless_task), hooks).status()));
  EXPECT_NE(Outcome(), "");
}

INSTANTIATE_TEST_SUITE_P(All, ObjectiveConformanceTest, testing::ValuesIn(Registry<ObjectiveFactory>::Global().Names()),
                         [](const auto& info) { return info.param; });

TEST(ObjectivesTest, TaskWithoutWorkIsRefused) {
  DataCache cache;
  Objectives objectives(ObjectiveInputs{cache});
  Stop stop;
  const TrialHooks hooks{stop, [](int64_t, double) { return true; }};
  EXPECT_TRUE(absl::IsInvalidArgument(objectives.Run(TrialTask(), hooks).status()));
}

}  // namespace
}  // namespace parzen
