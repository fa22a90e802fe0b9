// A slot does one trial at a time, on a thread and a TBB arena of its own, and keeps what its objectives keep between
// trials.
//
// A trial that reports a step waits for the coordinator's answer, so that what is pruned does not depend on how fast
// answers travel. It never waits beyond Cancel, the destructor, or the end of the connection: without one, trials go on
// and their reports pile up, at most kMaxReports of them (then the newest takes the place of the one before it).
// Threads: the callbacks run on the slot's, and may not call the slot; the rest from one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/stop.h"
#include "proto/work.pb.h"
#include "worker/objectives/objective.h"

namespace parzen {

class Slot {
 public:
  struct Report {
    int64_t step;
    double value;
  };
  static constexpr size_t kMaxReports = 10'000;
  // Adds a report to at most kMaxReports; beyond that it replaces the last.
  template <typename AnyReport>
  static void AddReport(std::vector<AnyReport>& reports, AnyReport report) {
    if (reports.size() >= kMaxReports) reports.pop_back();
    reports.push_back(std::move(report));
  }

  // There are reports to take, where there were none.
  using OnReport = std::function<void()>;
  // The trial ended: what it measured, or why there is nothing (Cancelled after Cancel or an answer to stop).
  using OnEnd = std::function<void(absl::StatusOr<TrialResult> result)>;

  // Borrows the inputs' cache.
  Slot(int threads, const ObjectiveInputs& inputs, OnReport on_report, OnEnd on_end);
  // Cancels what runs, and waits for it; OnEnd still runs.
  ~Slot();

  // Requires: nothing was started since the last OnEnd.
  void Start(TrialTask task);
  // Asks the trial to end soon; OnEnd comes as always. No effect when nothing runs.
  void Cancel();
  // As Cancel, and lets the thread end: no Start may follow. For several slots to end at the same time.
  void End();
  // Reports since the last call, oldest first.
  std::vector<Report> TakeReports();
  // The coordinator has answered the report of a step. An answer to stop that the trial does not wait for cancels it.
  void Answered(int64_t step, bool stop);
  // Whether somebody can answer; false at first.
  void SetConnected(bool connected);

 private:
  void Run(int threads, const ObjectiveInputs& inputs);
  // What objectives call: hands the report over and waits for the answer. False: the trial shall end.
  bool HandOver(Report report);
  void CancelLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const OnReport on_report_;
  const OnEnd on_end_;
  absl::Mutex mutex_;
  std::optional<TrialTask> next_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool connected_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<Stop> stop_ ABSL_GUARDED_BY(mutex_);  // of the trial that was started last; a new one each
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;      // stop_ is requested
  bool pruned_ ABSL_GUARDED_BY(mutex_) = false;         // the awaited answer was to stop
  std::optional<int64_t> awaited_step_ ABSL_GUARDED_BY(mutex_);
  std::vector<Report> reports_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace parzen
