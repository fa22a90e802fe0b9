// Test functions as trials: noise, learning curves, waiting.
#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "google/protobuf/text_format.h"
#include "worker/objectives/objective.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::Pair;

class FunctionObjectiveTest : public testing::Test {
 protected:
  static TrialTask Task(const std::string& spec, const std::vector<double>& x = {1, 2}, int64_t number = 0) {
    TrialTask task;
    FunctionTask& function = *task.mutable_function();
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(spec, function.mutable_spec()));
    function.mutable_x()->Assign(x.begin(), x.end());
    function.set_study_seed(5);
    function.set_trial_number(number);
    return task;
  }
  absl::StatusOr<TrialResult> Run(const TrialTask& task) {
    reported_.clear();
    return objectives_.Run(task, {stop_, [this](int64_t step, double value) {
                                    reported_.emplace_back(step, value);
                                    return on_report_(step);
                                  }});
  }
  double Value(const TrialTask& task) {
    const absl::StatusOr<TrialResult> result = Run(task);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? result->metric(0).value() : std::nan("");
  }

  DataCache cache_;
  Objectives objectives_{ObjectiveInputs{cache_}};
  Stop stop_;
  std::function<bool(int64_t)> on_report_ = [](int64_t) { return true; };
  std::vector<std::pair<int64_t, double>> reported_;
};

TEST_F(FunctionObjectiveTest, ValueIsTheFunctionsWithoutSteps) {
  EXPECT_EQ(Value(Task("sphere {} shift: 1")), 1);
  EXPECT_THAT(reported_, ElementsAre());
}

TEST_F(FunctionObjectiveTest, SeveralValuesHaveNames) {
  const absl::StatusOr<TrialResult> result = Run(Task("zdt1 {}", {0.25, 0}));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->metric(0).name(), "value_1");
  EXPECT_EQ(result->metric(0).value(), 0.25);
  EXPECT_EQ(result->metric(1).name(), "value_2");
  EXPECT_NEAR(result->metric(1).value(), 0.5, 1e-12);
}

TEST_F(FunctionObjectiveTest, NoiseHasItsSizeAndIsTheTrialsOwn) {
  constexpr int kTrials = 2000;
  double sum = 0, squares = 0;
  std::set<double> different;
  for (int number = 0; number < kTrials; ++number) {
    const double noise = Value(Task("noop {} noise: 3", {}, number));
    EXPECT_EQ(noise, Value(Task("noop {} noise: 3", {}, number)));
    different.insert(noise);
    sum += noise;
    squares += noise * noise;
  }
  EXPECT_EQ(different.size(), static_cast<size_t>(kTrials));
  EXPECT_NEAR(sum / kTrials, 0, 0.3);
  EXPECT_NEAR(std::sqrt(squares / kTrials), 3, 0.2);
}

TEST_F(FunctionObjectiveTest, CurveFallsInAStraightLineToTheValue) {
  EXPECT_EQ(Value(Task("sphere {} curve { steps: 4 excess: 8 }")), 5);
  EXPECT_THAT(reported_, ElementsAre(Pair(1, 11), Pair(2, 9), Pair(3, 7), Pair(4, 5)));
}

TEST_F(FunctionObjectiveTest, NoiseOfTheCurveDoesNotChangeTheValue) {
  const double value = Value(Task("sphere {} noise: 1"));
  EXPECT_EQ(Value(Task("sphere {} noise: 1 curve { steps: 3 noise: 2 }")), value);
  EXPECT_NE(reported_.back().second, value);
}

TEST_F(FunctionObjectiveTest, NoiseOfTheCurveIsNotThatOfTheValueAgain) {
  const double value = Value(Task("noop {} noise: 1 curve { steps: 1 noise: 1 }", {}));
  EXPECT_NE(reported_.back().second - value, value);
}

TEST_F(FunctionObjectiveTest, CurveEndsWhereItIsToldTo) {
  on_report_ = [](int64_t step) { return step < 2; };
  EXPECT_TRUE(absl::IsCancelled(Run(Task("sphere {} curve {}")).status()));
  EXPECT_EQ(reported_.size(), 2u);
}

// A lower bound holds on any machine, however busy.
TEST_F(FunctionObjectiveTest, StepsAndSleepTakeTheirTime) {
  const absl::Duration start = ReadClock().steady;
  Value(Task("noop {} curve { steps: 3 step_seconds: 0.02 }", {}));
  const absl::Duration stepped = ReadClock().steady;
  EXPECT_GE(stepped - start, absl::Seconds(0.06));
  Value(Task("sleep { seconds: 0.05 }", {}));
  EXPECT_GE(ReadClock().steady - stepped, absl::Seconds(0.05));
}

TEST_F(FunctionObjectiveTest, StopEndsTheWaitForAStep) {
  absl::Status status;
  std::thread trial([&] { status = Run(Task("sphere {} curve { steps: 2 step_seconds: 3600 }")).status(); });
  stop_.Request();
  trial.join();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_THAT(reported_, ElementsAre());
}

TEST_F(FunctionObjectiveTest, StopBetweenStepsEndsTheCurve) {
  on_report_ = [this](int64_t) {
    stop_.Request();
    return true;
  };
  EXPECT_TRUE(absl::IsCancelled(Run(Task("sphere {} curve { steps: 1000000 }")).status()));
  EXPECT_EQ(reported_.size(), 1u);
}

TEST_F(FunctionObjectiveTest, WrongNumberOfCoordinatesIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(Run(Task("branin {}", {1})).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Run(Task("")).status()));
}

}  // namespace
}  // namespace parzen
