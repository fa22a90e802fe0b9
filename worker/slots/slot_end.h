// What becomes of a trial whose slot's process has said its end, or has died: TrialEnd without its lease. Pure
// functions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/coordinator.pb.h"
#include "proto/slot.pb.h"
#include "worker/slots/trial_watch.h"

namespace parzen {

// What the worker knows of the trial by itself.
struct WatchedTrial {
  TrialWatch::Cause cause = TrialWatch::Cause::kNone;
  absl::Duration limit = absl::InfiniteDuration();  // how long it might take
  int64_t memory_bytes = 0;                         // 0: no limit
  std::string stderr_tail;
};

// How a process ended.
struct Death {
  int status = 0;           // as waitpid tells it
  absl::Duration wall;      // since the trial's start
  absl::Duration cpu;       // likewise
  int64_t peak_memory = 0;  // the most that the process ever had
};

// Its process has said how the trial ended.
TrialEnd EndOfTrial(FromSlot::End said, const WatchedTrial& trial);
// Its process has died first.
TrialEnd EndByDeath(const Death& death, const WatchedTrial& trial);

// "ended with exit status 3", "died: signal 11 (Segmentation fault)".
std::string HowItDied(int status);

}  // namespace parzen
