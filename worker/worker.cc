#include "worker/worker.h"

#include <algorithm>
#include <memory>
#include <thread>

#include "base/random_token.h"
#include "base/status_macros.h"
#include "worker/spool/spool.h"
#include "worker/worker_loop.h"

namespace parzen {

absl::Status RunWorker(const WorkerOptions& options, const Stop& stop, const Stop& drain) {
  WorkerOptions complete = options;
  if (complete.slots < 1) return absl::InvalidArgumentError("--slots: must be at least 1");
  if (complete.threads < 0) return absl::InvalidArgumentError("--threads: must be at least 1, or 0 for all cores");
  if (complete.slot_program.empty()) return absl::InvalidArgumentError("no program to run in the slots");
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (complete.threads == 0) complete.threads = std::max(1, cores / complete.slots);
  const std::string worker_id = RandomToken();
  std::unique_ptr<Spool> spool;
  if (!complete.cache.empty()) {
    ASSIGN_OR_RETURN(spool, Spool::Open(complete.cache, worker_id));
  }
  return WorkerLoop(complete, worker_id, spool.get()).Run(stop, drain);
}

}  // namespace parzen
