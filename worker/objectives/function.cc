// Computes a test function, with noise, a learning curve and waiting as FunctionSpec says: FunctionTask.
#include <vector>

#include "absl/time/time.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "functions/test_function.h"
#include "worker/objectives/objective.h"

namespace parzen {
namespace {

absl::Status Stopped() { return absl::CancelledError("the trial was asked to stop"); }

// Reports excess * (1 - step / steps) above the final value at steps 1 to `steps`, those behind a step where the trial
// paused.
absl::Status FollowCurve(const FunctionTask& task, double value, int64_t behind, const TrialHooks& hooks) {
  const Curve& curve = task.spec().curve();
  RandomStream random(task.study_seed(), task.trial_number(), "function/curve");
  for (int64_t step = 1; step <= curve.steps(); ++step) {
    const double noise = curve.noise() * random.Normal();
    if (step <= behind) continue;
    if (curve.step_seconds() > 0) hooks.stop.WaitFor(absl::Seconds(curve.step_seconds()));
    if (hooks.stop.Requested()) return Stopped();
    const double left = 1 - static_cast<double>(step) / curve.steps();
    if (!hooks.report(step, value + curve.excess() * left + noise)) return Stopped();
  }
  return absl::OkStatus();
}

class FunctionObjective final : public Objective {
 public:
  absl::StatusOr<TrialResult> Run(const TrialTask& task, const TrialHooks& hooks) override {
    if (!task.has_function()) return absl::InvalidArgumentError("not a test function");
    const FunctionTask& function = task.function();
    const FunctionSpec& spec = function.spec();
    ASSIGN_OR_RETURN(const TestFunction found, FindFunction(spec));
    ASSIGN_OR_RETURN(std::vector<double> values, EvaluateFunction(spec, function.x()));
    RandomStream random(function.study_seed(), function.trial_number(), "function/noise");
    for (double& value : values) value += spec.noise() * random.Normal();

    if (spec.has_sleep()) hooks.stop.WaitFor(absl::Seconds(spec.sleep().seconds()));
    if (hooks.stop.Requested()) return Stopped();
    if (spec.has_curve()) {
      RETURN_IF_ERROR(FollowCurve(function, values.front(), task.progress().step(), hooks));
    }

    TrialResult result;
    const std::vector<std::string> names = MetricNames(found);
    for (size_t i = 0; i < values.size(); ++i) {
      MetricValue& metric = *result.add_metric();
      metric.set_name(names[i]);
      metric.set_value(values[i]);
    }
    return result;
  }
};

const bool registered = Registry<ObjectiveFactory>::Global().Add(
    "function", [](const ObjectiveInputs&) { return std::make_unique<FunctionObjective>(); });

}  // namespace
}  // namespace parzen
