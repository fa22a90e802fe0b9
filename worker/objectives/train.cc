// Trains a model: TrainTask.
#include <atomic>

#include "base/status_macros.h"
#include "worker/objectives/objective.h"
#include "worker/trainer.h"

namespace parzen {
namespace {

class TrainObjective final : public Objective {
 public:
  explicit TrainObjective(DataCache& cache) : cache_(cache) {}

  absl::StatusOr<TrialResult> Run(const TrialTask& task, const TrialHooks& hooks) override {
    if (!task.has_train()) return absl::InvalidArgumentError("not a training");
    // Models ask all the time, from all their threads: an atomic, not Stop's lock.
    std::atomic<bool> ending{false};
    const StopCallback on_stop(hooks.stop, [&ending] { ending = true; });
    TrainHooks train_hooks;
    train_hooks.stop = &hooks.stop;
    train_hooks.stop_requested = [&ending] { return ending.load(std::memory_order_relaxed); };
    train_hooks.report = [&ending, &hooks](int64_t step, double value) {
      const bool goes_on = hooks.report(step, value);
      // A training that pauses ends by itself, unless it is through.
      if (!goes_on && !hooks.pause.asked()) ending = true;
      return goes_on && !ending;
    };
    train_hooks.pause = hooks.pause;
    train_hooks.checkpoint = task.progress().checkpoint();
    TrialResult result;
    ASSIGN_OR_RETURN(*result.mutable_train(), Train(task.train(), cache_, train_hooks));
    return result;
  }

 private:
  DataCache& cache_;
};

const bool registered = Registry<ObjectiveFactory>::Global().Add(
    "train", [](const ObjectiveInputs& inputs) { return std::make_unique<TrainObjective>(inputs.cache); });

}  // namespace
}  // namespace parzen
