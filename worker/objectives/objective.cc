#include "worker/objectives/objective.h"

#include "absl/strings/str_cat.h"

namespace parzen {

std::string WorkName(const TrialTask& task) {
  const auto* const field = TrialTask::descriptor()->FindFieldByNumber(task.work_case());
  return field == nullptr ? "" : field->name();
}

int64_t TrialNumber(const TrialTask& task) {
  if (task.has_train()) return task.train().trial_number();
  return task.has_function() ? task.function().trial_number() : task.command().trial_number();
}

absl::StatusOr<TrialResult> Objectives::Run(const TrialTask& task, const TrialHooks& hooks) {
  const std::string name = WorkName(task);
  std::unique_ptr<Objective>& objective = made_[name];
  if (objective == nullptr) {
    const absl::StatusOr<ObjectiveFactory> factory = Registry<ObjectiveFactory>::Global().Find(name);
    if (!factory.ok()) {
      made_.erase(name);
      return absl::InvalidArgumentError(
          absl::StrCat("this worker cannot do such a trial: ", factory.status().message()));
    }
    objective = (*factory)(inputs_);
  }
  return objective->Run(task, hooks);
}

}  // namespace parzen
