// Stopping cleanly: one Stop is shared by every loop of a process; each wait is a wait on it, so stopping never waits
// for a sleep. Threads: internally synchronised.
#pragma once

#include <functional>
#include <list>

#include "absl/base/thread_annotations.h"
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
  friend class StopCallback;

  mutable absl::Mutex mutex_;
  bool requested_ ABSL_GUARDED_BY(mutex_) = false;
  mutable std::list<std::function<void()>> callbacks_ ABSL_GUARDED_BY(mutex_);
};

// Calls a function once, when stop is requested (at once if it has been), for loops that wait on something else. The
// call runs under the Stop's lock: it must be short and must not touch the Stop. After the destructor it does not run
// any more.
class StopCallback {
 public:
  StopCallback(const Stop& stop, std::function<void()> callback);
  ~StopCallback();
  StopCallback(const StopCallback&) = delete;
  StopCallback& operator=(const StopCallback&) = delete;

 private:
  const Stop& stop_;
  std::list<std::function<void()>>::iterator position_;
};

// Turns SIGINT, SIGTERM and SIGHUP (its terminal was closed) into calls of `on_signal(signal, count)`, on a thread of
// its own: count is 1 for the first signal, whichever it is. The signals are blocked in the calling thread and in all
// threads it starts later, so construct it first in main. The destructor ends the thread and restores the signal mask.
// At most one may exist.
class StopSignals {
 public:
  explicit StopSignals(std::function<void(int signal, int count)> on_signal);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct Impl;
  Impl* impl_;
};

}  // namespace parzen
