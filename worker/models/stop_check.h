// Asking whether to stop from many threads. Threads: internally synchronised.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

namespace parzen {

// Asks `stop_requested` from one thread at a time and remembers a yes. Borrows it.
class StopCheck {
 public:
  explicit StopCheck(const std::function<bool()>& stop_requested) : ask_(stop_requested) {}

  bool Stopped();

 private:
  const std::function<bool()>& ask_;
  std::mutex asking_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace parzen
