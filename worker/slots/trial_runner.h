// Does one trial at a time, on a thread and a TBB arena of its own, and keeps what its objectives keep between trials:
// the inside of a slot's process.
//
// A trial that reports a step waits for the coordinator's answer, so that what is pruned does not depend on how fast
// answers travel. It never waits beyond Cancel, the destructor, or the end of the connection: without one, trials go
// on.
//
// Threads: the callbacks run on the runner's, and may not call the runner; the rest from one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/stop.h"
#include "proto/work.pb.h"
#include "worker/checkpointing.h"
#include "worker/objectives/objective.h"

namespace parzen {

class TrialRunner {
 public:
  using OnReport = std::function<void(int64_t step, double value)>;
  struct Ended {
    // What the trial measured, or why there is nothing: Cancelled after Cancel, or an answer to stop or to pause.
    absl::StatusOr<TrialResult> result;
    AttemptUsage usage;
    // After an answer to pause, unless the trial came to its end.
    std::optional<TrialProgress> paused;
  };
  using OnEnd = std::function<void(Ended ended)>;

  // Borrows the inputs' cache.
  TrialRunner(int threads, const ObjectiveInputs& inputs, OnReport on_report, OnEnd on_end);
  // Cancels what runs, and waits for it; OnEnd still runs.
  ~TrialRunner();

  // Requires: nothing was started since the last OnEnd.
  void Start(TrialTask task);
  // Asks the trial to end soon; OnEnd comes as always. No effect when nothing runs.
  void Cancel();
  // As Slot::Answered.
  void Answered(int64_t step, StepVerdict answer);
  // Whether somebody can answer; false at first.
  void SetConnected(bool connected);

 private:
  void Run(int threads, const ObjectiveInputs& inputs);
  // What objectives call: hands the report over and waits for the answer. False: the trial shall end.
  bool HandOver(int64_t step, double value);
  // At which step the trial was told to pause, if it was, and not to end.
  std::optional<int64_t> PausedAt();
  void CancelLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const OnReport on_report_;
  const OnEnd on_end_;
  absl::Mutex mutex_;
  std::optional<TrialTask> next_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool connected_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<Stop> stop_ ABSL_GUARDED_BY(mutex_);        // of the trial that was started last; a new one each
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;            // stop_ is requested
  bool pruned_ ABSL_GUARDED_BY(mutex_) = false;               // the awaited answer was to stop
  std::optional<int64_t> paused_at_ ABSL_GUARDED_BY(mutex_);  // it was to pause, at this step
  std::optional<int64_t> awaited_step_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace parzen
