#include "worker/slot.h"

#include <tbb/task_arena.h>

#include <utility>

#include "worker/trainer.h"

namespace parzen {

Slot::Slot(int threads, DataCache& cache, OnReport on_report, OnEnd on_end)
    : on_report_(std::move(on_report)),
      on_end_(std::move(on_end)),
      thread_([this, threads, &cache] { Run(threads, cache); }) {}

Slot::~Slot() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  Cancel();
  thread_.join();
}

void Slot::Start(TrainTask task) {
  absl::MutexLock lock(&mutex_);
  cancelled_ = false;
  next_ = std::move(task);
}

void Slot::Run(int threads, DataCache& cache) {
  tbb::task_arena arena(threads);
  TrainHooks hooks;
  hooks.stop_requested = [this] { return cancelled_.load(std::memory_order_relaxed); };
  hooks.report = [this](int64_t step, double value) {
    on_report_(step, value);
    return !cancelled_.load(std::memory_order_relaxed);
  };
  for (;;) {
    TrainTask task;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ending_ || next_.has_value(); };
      mutex_.Await(absl::Condition(&ready));
      if (!next_.has_value()) return;
      task = *std::exchange(next_, std::nullopt);
    }
    absl::StatusOr<TrainMetrics> result = absl::CancelledError("not started");
    arena.execute([&] { result = Train(task, cache, hooks); });
    on_end_(std::move(result));
  }
}

}  // namespace parzen
