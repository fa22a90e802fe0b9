// Sees to it that the dataset files of a task are on this machine before its slot starts. A task that comes from a
// coordinator elsewhere names its files by digest alone: no path of its is ever opened.
//
// Files that are here and checked cost nothing; others are fetched on a thread of the fetcher, one task after the
// other.
//
// Threads: all but OnPlaced from one; that is called on the fetcher's, or in Forget.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/stop.h"
#include "proto/work.pb.h"
#include "worker/cache/disk_cache.h"
#include "worker/cache/file_fetcher.h"

namespace parzen {

// A task whose files have paths, and their use: they stay in the cache until it ends.
struct PlacedTask {
  TrialTask task;
  std::vector<DiskCache::Entry> files;
};

class TaskFetcher {
 public:
  // Told once for each Place: the task, or what FileFetcher::Get says, or Cancelled, or InvalidArgument for a task that
  // names a file without its digest.
  using OnPlaced = std::function<void(int64_t ticket, absl::StatusOr<PlacedTask> placed)>;

  // Borrows the fetcher.
  TaskFetcher(FileFetcher& fetcher, OnPlaced on_placed);
  // As Cancel; OnPlaced is still told.
  ~TaskFetcher();

  // The task, if nothing has to be waited for; Unavailable: ask Place.
  absl::StatusOr<PlacedTask> PlaceNow(const TrialTask& task);
  // Gets the task's files, and then tells OnPlaced under that number. What may succeed at another time or elsewhere
  // (not NotFound, InvalidArgument or Cancelled) is told after a pause: the trial is given back and may come again at
  // once.
  void Place(int64_t ticket, TrialTask task);
  // Nobody waits for that task any more: OnPlaced is told Cancelled at once, or as soon as what is under way for it has
  // ended. No effect when there is none.
  void Forget(int64_t ticket);
  // Ends what is under way, and what will be: OnPlaced is told Cancelled.
  void Cancel();

 private:
  struct Work {
    int64_t ticket = 0;
    TrialTask task;
    std::shared_ptr<Stop> stop = std::make_shared<Stop>();
  };

  void Run();

  FileFetcher& fetcher_;
  const OnPlaced on_placed_;
  absl::Mutex mutex_;
  std::deque<Work> queue_ ABSL_GUARDED_BY(mutex_);
  int64_t current_ ABSL_GUARDED_BY(mutex_) = 0;                 // the ticket of the task under way ...
  std::shared_ptr<Stop> current_stop_ ABSL_GUARDED_BY(mutex_);  // ... null when none is
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace parzen
