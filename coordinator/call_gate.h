// Bounds what calls may cost: how many wait for an answer at a time, how many one machine makes a second, and how long
// they are.
// Threads: internally synchronised.
#pragma once

#include <cstddef>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/limits.h"
#include "coordinator/refusal_log.h"
#include "coordinator/token_bucket.h"

namespace parzen {

class CallGate {
 public:
  // Borrows the log.
  CallGate(const ServerLimits& limits, RefusalLog& log) : limits_(limits), log_(log) {}

  // Lets a call of `peer` (gRPC's name for it), whose request has `bytes`, in until Leave; or ResourceExhausted,
  // without a Leave.
  absl::Status Enter(absl::string_view peer, size_t bytes, absl::Duration now);
  void Leave();

 private:
  // The bucket of a machine that called lately.
  TokenBucket& BucketOf(absl::string_view machine, absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ServerLimits limits_;
  RefusalLog& log_;
  absl::Mutex mutex_;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, TokenBucket> buckets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
