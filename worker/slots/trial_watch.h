// When a slot's running trial has to be cancelled or its process killed, and why: the time limit, a cancel that is not
// obeyed, a process that does not answer, one that takes too much memory. Only what was decided first is the cause.
//
// A process does not answer when a ping stays without an answer for `missed_pings` periods that were seen one by one:
// where the worker itself was stopped for a while, that counts as one. Threads: externally synchronised; time is an
// argument.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace parzen {

struct WatchPeriods {
  absl::Duration ping = absl::Seconds(5);
  int missed_pings = 6;
  // For a cancelled trial, or one whose time is up, to end by itself.
  absl::Duration cancel = absl::Seconds(10);
  // Between looks at the memory.
  absl::Duration memory = absl::Seconds(1);
};

class TrialWatch {
 public:
  enum class Cause { kNone, kCancelled, kTimeUp, kHung, kOutOfMemory, kNonsense };
  // What is to be done now.
  struct Orders {
    bool ping = false;
    bool cancel = false;
    bool measure = false;  // and tell Measured
    bool kill = false;
  };

  // `memory_bytes`: 0 for no limit.
  TrialWatch(const WatchPeriods& periods, int64_t memory_bytes) : periods_(periods), memory_bytes_(memory_bytes) {}

  // A trial starts; `limit` is how long it may take.
  void Begin(absl::Duration limit, absl::Duration now);
  void End() { running_ = false; }
  // It was asked to end.
  void Cancelled(absl::Duration now);
  void Answered() { missed_ = 0; }
  void Measured(int64_t bytes);
  // What it said makes no sense.
  void TalkedNonsense() { Kill(Cause::kNonsense); }
  // What is due. A kill is ordered until End.
  Orders Check(absl::Duration now);
  // When to check again, at the latest.
  absl::Duration next() const;

  bool running() const { return running_; }
  // Why it was cancelled or killed.
  Cause cause() const { return cause_; }

 private:
  void Kill(Cause cause);

  const WatchPeriods periods_;
  const int64_t memory_bytes_;
  bool running_ = false;
  bool kill_ = false;
  Cause cause_ = Cause::kNone;
  int missed_ = 0;  // periods since the ping that has no answer; 0: all have
  absl::Duration limit_at_;
  absl::Duration kill_at_;  // not cancelled: never
  absl::Duration ping_at_;
  absl::Duration measure_at_;
};

}  // namespace parzen
