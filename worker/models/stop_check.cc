#include "worker/models/stop_check.h"

namespace parzen {

bool StopCheck::Stopped() {
  if (stopped_.load(std::memory_order_relaxed)) return true;
  const std::unique_lock<std::mutex> lock(asking_, std::try_to_lock);
  if (lock.owns_lock() && ask_()) stopped_.store(true, std::memory_order_relaxed);
  return stopped_.load(std::memory_order_relaxed);
}

}  // namespace parzen
