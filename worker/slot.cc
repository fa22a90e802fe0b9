#include "worker/slot.h"

#include <tbb/task_arena.h>

#include <utility>

namespace parzen {

Slot::Slot(int threads, const ObjectiveInputs& inputs, OnReport on_report, OnEnd on_end)
    : on_report_(std::move(on_report)),
      on_end_(std::move(on_end)),
      stop_(std::make_shared<Stop>()),
      thread_([this, threads, inputs] { Run(threads, inputs); }) {}

Slot::~Slot() {
  End();
  thread_.join();
}

void Slot::Start(TrialTask task) {
  absl::MutexLock lock(&mutex_);
  stop_ = std::make_shared<Stop>();
  cancelled_ = pruned_ = false;
  reports_.clear();
  next_ = std::move(task);
}

void Slot::Cancel() {
  absl::MutexLock lock(&mutex_);
  CancelLocked();
}

void Slot::CancelLocked() {
  cancelled_ = true;
  stop_->Request();
}

void Slot::End() {
  absl::MutexLock lock(&mutex_);
  ending_ = true;
  CancelLocked();
}

std::vector<Slot::Report> Slot::TakeReports() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(reports_, {});
}

void Slot::Answered(int64_t step, bool stop) {
  absl::MutexLock lock(&mutex_);
  if (awaited_step_ != step) {
    if (stop) CancelLocked();
    return;
  }
  awaited_step_.reset();
  pruned_ = stop;
}

void Slot::SetConnected(bool connected) {
  absl::MutexLock lock(&mutex_);
  connected_ = connected;
}

bool Slot::HandOver(Report report) {
  bool is_first = false;
  {
    absl::MutexLock lock(&mutex_);
    if (cancelled_ || pruned_) return false;
    is_first = reports_.empty();
    AddReport(reports_, report);
    awaited_step_ = report.step;
  }
  if (is_first) on_report_();
  absl::MutexLock lock(&mutex_);
  const auto may_go_on = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return cancelled_ || !connected_ || !awaited_step_.has_value();
  };
  mutex_.Await(absl::Condition(&may_go_on));
  awaited_step_.reset();
  return !cancelled_ && !pruned_;
}

void Slot::Run(int threads, const ObjectiveInputs& inputs) {
  tbb::task_arena arena(threads);
  Objectives objectives(inputs);
  for (;;) {
    TrialTask task;
    std::shared_ptr<Stop> stop;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ending_ || next_.has_value(); };
      mutex_.Await(absl::Condition(&ready));
      if (!next_.has_value()) return;
      task = *std::exchange(next_, std::nullopt);
      stop = stop_;
    }
    const TrialHooks hooks{*stop, [this](int64_t step, double value) { return HandOver({step, value}); }};
    absl::StatusOr<TrialResult> result = absl::CancelledError("not started");
    arena.execute([&] { result = objectives.Run(task, hooks); });
    on_end_(std::move(result));
  }
}

}  // namespace parzen
