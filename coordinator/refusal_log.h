// The log of what was refused to whom. An attacker cannot fill a disk with it: at most one line a second of each kind.
// Threads: internally synchronised.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace parzen {

class RefusalLog {
 public:
  // `on_refusal`, if any, is called for each refusal, also for those that get no line; from any thread.
  explicit RefusalLog(std::function<void()> on_refusal = nullptr) : on_refusal_(std::move(on_refusal)) {}

  // Logs "refused KIND: WHAT", unless there was a line of that kind within a second before `now` (steady time); the
  // next line says how many were left out. What is said may come from whoever was refused: of a long text the end is
  // left out, and no character in it ends the line. Requires: few kinds.
  void Add(absl::string_view kind, absl::string_view what, absl::Duration now);

 private:
  struct Kind {
    absl::Duration silent_until = -absl::InfiniteDuration();
    int64_t left_out = 0;
  };

  const std::function<void()> on_refusal_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Kind> kinds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
