// Time is an argument: logic takes a Now, and only the outermost object asks a clock for one.
#pragma once

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace parzen {

struct Now {
  absl::Time wall;        // for people and for the database; may jump
  absl::Duration steady;  // for leases and deadlines; since an arbitrary start, never goes back
};

inline Now ReadClock() { return {absl::Now(), absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch())}; }

}  // namespace parzen
