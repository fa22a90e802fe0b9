#include "cli/stop_requests.h"

#include <csignal>

namespace parzen {

std::optional<int> StopRequests::Count(int signal, absl::Duration now) {
  constexpr absl::Duration kEcho = absl::Seconds(1);
  // Whoever presses Ctrl-C twice means it.
  if (signal == SIGTERM && now - last_ < kEcho) return std::nullopt;
  last_ = now;
  return ++count_;
}

std::string SignalName(int signal) {
  if (signal == SIGINT) return "Ctrl-C";
  return signal == SIGTERM ? "SIGTERM" : "SIGHUP";
}

}  // namespace parzen
