// A slot of a test, with what has come of it. Threads: externally synchronised.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "worker/slots/slot.h"

namespace parzen {

// Programs of the tests to run in slots.
std::string SlotProgram();
std::string BadSlot();

class WatchedSlot {
 public:
  explicit WatchedSlot(const Slot::Settings& settings);

  Slot& slot() { return *slot_; }
  // Waits until a process is there for the `count`th time.
  void WaitUntilReady(int count = 1);
  // Takes the steps reported next; waits for them.
  std::vector<int64_t> NextSteps();
  bool HasEnded();
  // Waits for the trial's end.
  TrialEnd End();
  // Waits for the slot's end.
  void Destroy() { slot_.reset(); }

 private:
  absl::Mutex mutex_;
  int ready_ ABSL_GUARDED_BY(mutex_) = 0;
  int told_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<TrialEnd> end_ ABSL_GUARDED_BY(mutex_);
  std::optional<Slot> slot_;  // last: its thread uses the others
};

// A function that reports `steps` values.
TrialTask Curve(int steps);
// What BadSlot does in a trial.
TrialTask Misbehaviour(const std::string& how);

}  // namespace parzen
