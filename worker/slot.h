// A slot trains one trial at a time, on a thread and a TBB arena of its own. Threads: Start, Cancel and the destructor
// from one thread; the callbacks run on the slot's.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "proto/train.pb.h"
#include "worker/prepared_data.h"

namespace parzen {

class Slot {
 public:
  using OnReport = std::function<void(int64_t step, double value)>;
  // The training ended: its metrics, or why there are none (Cancelled after Cancel).
  using OnEnd = std::function<void(absl::StatusOr<TrainMetrics> result)>;

  // Borrows the cache.
  Slot(int threads, DataCache& cache, OnReport on_report, OnEnd on_end);
  // Cancels what runs, and waits for it; OnEnd still runs.
  ~Slot();

  // Requires: nothing was started since the last OnEnd.
  void Start(TrainTask task);
  // Asks the training to end soon; OnEnd comes as always. No effect when nothing runs.
  void Cancel() { cancelled_ = true; }

 private:
  void Run(int threads, DataCache& cache);

  const OnReport on_report_;
  const OnEnd on_end_;
  std::atomic<bool> cancelled_{false};
  absl::Mutex mutex_;
  std::optional<TrainTask> next_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace parzen
