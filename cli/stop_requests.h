// Which signals count as requests to stop. Threads: externally synchronised; time is an argument.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"

namespace parzen {

class StopRequests {
 public:
  // How many requests there were, this one included; nullopt: it is none, but the echo of the one before. coreutils'
  // `timeout`, systemd and Slurm send SIGTERM to a process and once more to its group. `now`: steady time.
  std::optional<int> Count(int signal, absl::Duration now);

 private:
  int count_ = 0;
  absl::Duration last_ = -absl::InfiniteDuration();
};

// "Ctrl-C", "SIGTERM", "SIGHUP".
std::string SignalName(int signal);

}  // namespace parzen
