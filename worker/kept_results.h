// What models found out about prepared data, kept for later trials with the same data: in memory, and, where the data
// itself is kept on disk, there too, for all processes of the machine. Threads: internally synchronised.
#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/stop.h"
#include "worker/cache/disk_cache.h"
#include "worker/prepared_store.h"

namespace parzen {

class KeptResults {
 public:
  // Of the data that `key` says all about. Borrows `disk`, which may be null.
  KeptResults(DiskCache* disk, std::string key) : disk_(disk), key_(std::move(key)) {}

  // The result of that name, made by the first who asks for it: the name must say all that it depends on, but for the
  // data. The maker's errors are returned, and nothing is kept; Cancelled: `stop` was requested while another process
  // made it.
  absl::StatusOr<SectionFile> GetOrMake(const std::string& name, const SectionMaker& make, const Stop& stop) const;

 private:
  DiskCache* const disk_;
  const std::string key_;
  mutable absl::Mutex mutex_;
  mutable absl::flat_hash_map<std::string, SectionFile> results_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
