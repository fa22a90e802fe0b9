// Stopping cleanly: one Stop is shared by every loop of a process; each wait is a wait on it, so stopping never waits for
// a sleep. Threads: internally synchronised.
#pragma once

#include <functional>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace parzen {

class Stop {
 public:
  // Asks every loop to end. May be called any number of times, from any thread (not from a signal handler).
  void Request();
  bool Requested() const;
  // Waits until stop is requested or `timeout` has passed; true when it was requested.
  bool WaitFor(absl::Duration timeout) const;

 private:
  mutable absl::Mutex mutex_;
  bool requested_ ABSL_GUARDED_BY(mutex_) = false;
};

// Turns SIGINT and SIGTERM into calls of `on_signal(count)`, on a thread of its own: count is 1 for the first signal.
// The signals are blocked in the calling thread and in all threads it starts later, so construct it first in main.
// The destructor ends the thread and restores the signal mask. At most one may exist.
class StopSignals {
 public:
  explicit StopSignals(std::function<void(int count)> on_signal);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct Impl;
  Impl* impl_;
};

}  // namespace parzen
