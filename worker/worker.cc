#include "worker/worker.h"

#include <algorithm>
#include <memory>
#include <thread>

#include "base/random_token.h"
#include "base/status_macros.h"
#include "rpc/channel.h"
#include "worker/cache/disk_cache.h"
#include "worker/cache/file_fetcher.h"
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
  std::unique_ptr<DiskCache> cache;
  std::unique_ptr<FileFetcher> fetcher;
  if (!complete.cache.empty() && !complete.embedded) {
    ASSIGN_OR_RETURN(cache, DiskCache::Open(complete.cache, complete.cache_bytes));
    complete.cache = cache->folder();
    ASSIGN_OR_RETURN(spool, Spool::Open(complete.cache, worker_id));
    fetcher = std::make_unique<FileFetcher>(
        *cache, [&complete] { return DialCoordinator(complete.coordinator, complete.tls, Role::kWorker); });
  }
  return WorkerLoop(complete, worker_id, spool.get(), fetcher.get()).Run(stop, drain);
}

}  // namespace parzen
