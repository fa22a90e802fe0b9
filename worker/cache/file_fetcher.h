// Gets dataset files from the coordinator into the cache, by digest.
//
// What happens when things fail:
//   the connection breaks           goes on at the first chunk that is missing; gives up after a few attempts without
//                                   progress: Unavailable
//   the worker is killed            what came is in the cache's NAME.part; whoever fetches the file next checks those
//                                   chunks and goes on behind them
//   a chunk is not the manifest's   it is not written; it is fetched again, a few times: DataLoss
//   the manifest is a lie           the whole does not have the digest: DataLoss, and nothing of it is kept
//   nobody has the file             NotFound
//   the file is too large           InvalidArgument: more than 64 GiB
//   the disk is full                ResourceExhausted
//   the file in the cache changed   it is fetched again
// Of several workers on a machine that want a file, one fetches it. Threads: internally synchronised.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/stop.h"
#include "grpcpp/grpcpp.h"
#include "proto/coordinator.grpc.pb.h"
#include "worker/cache/disk_cache.h"

namespace parzen {

class FileFetcher {
 public:
  // Makes a channel to the coordinator; asked for every file anew.
  using Dial = std::function<absl::StatusOr<std::shared_ptr<grpc::Channel>>()>;

  // Borrows the cache.
  FileFetcher(DiskCache& cache, Dial dial) : cache_(cache), dial_(std::move(dial)) {}

  // The file, if it is in the cache and has been checked by this process; at once.
  std::optional<DiskCache::Entry> FindChecked(const std::string& sha256);
  // The file, fetched if need be. Cancelled: `stop` was requested. Requires: `sha256` is a digest (IsSha256).
  absl::StatusOr<DiskCache::Entry> Get(const std::string& sha256, const Stop& stop);

 private:
  class Transfer;

  // Whether the entry holds the bytes of the digest; reads it once a process.
  absl::StatusOr<bool> IsSound(const DiskCache::Entry& entry, const std::string& sha256);
  void RememberSound(const DiskCache::Entry& entry, const std::string& sha256);

  DiskCache& cache_;
  const Dial dial_;
  absl::Mutex mutex_;
  // By digest: what identified the file when it was checked.
  std::map<std::string, std::pair<uint64_t, int64_t>> sound_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
