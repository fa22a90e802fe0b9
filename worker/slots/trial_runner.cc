#include "worker/slots/trial_runner.h"

#include <tbb/task_arena.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "worker/slots/usage_meter.h"

namespace parzen {
namespace {

// Wherever the memory was missing, the failure begins alike: the worker knows it by that (slot_end.cc).
absl::StatusOr<TrialResult> NameLackOfMemory(const TrialTask& task, absl::StatusOr<TrialResult> result) {
  constexpr absl::string_view kBeginning = "out of memory";
  const absl::string_view message = result.status().message();
  const bool lacks = absl::IsResourceExhausted(result.status()) && !task.has_command();  // there, also processes
  if (!lacks || absl::StartsWith(message, kBeginning)) return result;
  return absl::ResourceExhaustedError(absl::StrCat(kBeginning, ": ", message));
}

}  // namespace

TrialRunner::TrialRunner(int threads, const ObjectiveInputs& inputs, OnReport on_report, OnEnd on_end)
    : on_report_(std::move(on_report)),
      on_end_(std::move(on_end)),
      stop_(std::make_shared<Stop>()),
      thread_([this, threads, inputs] { Run(threads, inputs); }) {}

TrialRunner::~TrialRunner() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
    CancelLocked();
  }
  thread_.join();
}

void TrialRunner::Start(TrialTask task) {
  absl::MutexLock lock(&mutex_);
  stop_ = std::make_shared<Stop>();
  cancelled_ = pruned_ = false;
  paused_at_.reset();
  next_ = std::move(task);
}

void TrialRunner::Cancel() {
  absl::MutexLock lock(&mutex_);
  CancelLocked();
}

void TrialRunner::CancelLocked() {
  cancelled_ = true;
  stop_->Request();
}

void TrialRunner::Answered(int64_t step, StepVerdict answer) {
  absl::MutexLock lock(&mutex_);
  if (awaited_step_ != step) {
    if (answer == StepVerdict::kStop) CancelLocked();
    return;
  }
  awaited_step_.reset();
  pruned_ = answer == StepVerdict::kStop;
  if (answer == StepVerdict::kPause) paused_at_ = step;
}

void TrialRunner::SetConnected(bool connected) {
  absl::MutexLock lock(&mutex_);
  connected_ = connected;
}

bool TrialRunner::HandOver(int64_t step, double value) {
  {
    absl::MutexLock lock(&mutex_);
    if (cancelled_ || pruned_ || paused_at_.has_value()) return false;
    awaited_step_ = step;
  }
  on_report_(step, value);
  absl::MutexLock lock(&mutex_);
  const auto may_go_on = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return cancelled_ || !connected_ || !awaited_step_.has_value();
  };
  mutex_.Await(absl::Condition(&may_go_on));
  awaited_step_.reset();
  return !cancelled_ && !pruned_ && !paused_at_.has_value();
}

std::optional<int64_t> TrialRunner::PausedAt() {
  absl::MutexLock lock(&mutex_);
  return cancelled_ ? std::nullopt : paused_at_;
}

void TrialRunner::Run(int threads, const ObjectiveInputs& inputs) {
  tbb::task_arena arena(threads);
  Objectives objectives(inputs);
  UsageMeter meter;
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
    std::string checkpoint;
    const TrialHooks hooks{*stop,
                           [this](int64_t step, double value) { return HandOver(step, value); },
                           {[this] { return PausedAt().has_value(); },
                            [&checkpoint](std::string bytes) { checkpoint = std::move(bytes); }}};
    absl::StatusOr<TrialResult> result = absl::CancelledError("not started");
    meter.Begin(/*has_programs=*/task.has_command(), ReadClock());
    arena.execute([&] { result = objectives.Run(task, hooks); });
    Ended ended{NameLackOfMemory(task, std::move(result)), meter.End(ReadClock()), std::nullopt};
    const std::optional<int64_t> step = PausedAt();
    if (step.has_value() && absl::IsCancelled(ended.result.status())) {
      ended.paused.emplace().set_step(*step);
      if (checkpoint.size() <= kMaxCheckpointBytes) ended.paused->set_checkpoint(std::move(checkpoint));
    }
    on_end_(std::move(ended));
  }
}

}  // namespace parzen
