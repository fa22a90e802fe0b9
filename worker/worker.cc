#include "worker/worker.h"

#include <tbb/global_control.h>

#include <algorithm>
#include <thread>

#include "worker/worker_loop.h"

namespace parzen {

absl::Status RunWorker(const WorkerOptions& options, DataCache& cache, const Stop& stop) {
  WorkerOptions complete = options;
  if (complete.slots < 1) return absl::InvalidArgumentError("--slots: must be at least 1");
  if (complete.threads < 0) return absl::InvalidArgumentError("--threads: must be at least 1, or 0 for all cores");
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (complete.threads == 0) complete.threads = std::max(1, cores / complete.slots);
  // TBB's pool is the process's; without this, more threads than cores would be refused in silence.
  const tbb::global_control pool(tbb::global_control::max_allowed_parallelism,
                                 static_cast<size_t>(std::max(cores, complete.slots * complete.threads)));
  return WorkerLoop(complete, cache).Run(stop);
}

}  // namespace parzen
