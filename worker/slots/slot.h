// A slot as the worker has it: a process that does one trial at a time, kept from trial to trial, replaced when it
// dies.
//
// What happens when things fail:
//   the process dies                     a trial that it was at ends as crashed; another process is started
//   the trial does not end when          its process is killed after WatchPeriods::cancel; cancelled trials end as
//   cancelled, or at its time limit      released, the others as failed
//   the process is stopped, or hangs so  killed after some pings without an answer; the trial ends as crashed
//   that it does not even answer pings
//   it takes more memory than it may     allocations fail; where that does not help it is killed; the trial fails
//   it talks nonsense                    killed; the trial ends as crashed
//   it cannot be started                 tried again, with a back-off; a trial given meanwhile ends as released
//   the worker dies                      the process dies with it
//
// Threads: a thread of the slot's own starts and watches the process, and runs the callbacks, which may not call the
// slot; the rest from one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "proto/coordinator.pb.h"
#include "proto/slot.pb.h"
#include "worker/checkpointing.h"
#include "worker/slots/slot_child.h"
#include "worker/slots/slot_options.h"
#include "worker/slots/trial_watch.h"

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

  struct Settings {
    std::string program;  // started as `PROGRAM slot ...`
    SlotOptions options;
    WatchPeriods periods;
  };
  struct Callbacks {
    // A process is there, where there was none: trials can be started.
    std::function<void()> on_ready;
    // There are reports to take, where there were none.
    std::function<void()> on_report;
    // The trial ended: all of TrialEnd but its lease; released after Cancel or an answer to stop, paused after one to
    // pause. `ready`: the next one
    // can be started at once; on_ready tells otherwise.
    std::function<void(TrialEnd end, bool ready)> on_end;
  };

  Slot(const Settings& settings, Callbacks callbacks);
  // As End, and waits for it; on_end still runs.
  ~Slot();

  // Requires: nothing was started since the last on_end. `limit`: see Assignment.time_limit_seconds.
  void Start(TrialTask task, absl::Duration limit = absl::InfiniteDuration());
  // Asks the trial to end soon; on_end comes as always. No effect when nothing runs.
  void Cancel();
  // As Cancel, and lets the process end: no Start may follow. For several slots to end at the same time.
  void End();
  // Reports since the last call, oldest first.
  std::vector<Report> TakeReports();
  // The coordinator has answered the report of a step. An answer to stop that the trial does not wait for cancels it;
  // one to pause is forgotten: the trial is beyond that step.
  void Answered(int64_t step, StepVerdict answer);
  // Whether somebody can answer; false at first.
  void SetConnected(bool connected);

 private:
  struct Trial;

  void Run();
  // The process, started when there is none and it is time; null when there is none.
  SlotChild* EnsureChild();
  void Serve();
  void On(FromSlot& message);
  void OnTrialEnd(FromSlot::End& end);
  void OnReport(const FromSlot::StepReport& report);
  void OnReady();
  // The process has ended.
  void OnDeath();
  // Does what is due by the clock.
  void Watch();
  // No process can be had now: the next is tried later, longer so from time to time.
  void BackOff(absl::string_view why);
  // The trial's process never got it, and why.
  void GiveBack(absl::string_view why);
  void LetChildEnd();
  void CancelLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendTask() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Send(const ToSlot& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  WatchedTrial Watched(std::string output) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Settings settings_;
  const Callbacks callbacks_;
  const FileDescriptor wake_;  // an eventfd

  absl::Mutex mutex_;
  SlotChild* listener_ ABSL_GUARDED_BY(mutex_) = nullptr;  // child_, once it is ready
  bool started_ ABSL_GUARDED_BY(mutex_) = false;           // a trial was, and has not ended
  std::optional<ToSlot> next_ ABSL_GUARDED_BY(mutex_);     // that trial, while no process has got it
  absl::Duration limit_ ABSL_GUARDED_BY(mutex_);
  absl::Duration began_ ABSL_GUARDED_BY(mutex_);
  absl::Duration cpu_before_ ABSL_GUARDED_BY(mutex_);  // of the process, when it got the trial
  TrialWatch watch_ ABSL_GUARDED_BY(mutex_);
  bool connected_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Report> reports_ ABSL_GUARDED_BY(mutex_);

  // Of the slot's thread.
  std::unique_ptr<SlotChild> child_;
  bool proved_ = false;  // this process has done a trial
  absl::Duration pause_;
  absl::Duration next_start_;
  absl::Duration hung_up_at_;

  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace parzen
