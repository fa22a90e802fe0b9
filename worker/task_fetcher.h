// Sees to it that the dataset files of a task are on this machine before its slot starts. A task that comes from a
// coordinator elsewhere names its files by digest alone: no path of its is ever opened.
//
// Files that are here and checked cost nothing; others are fetched on a thread of the fetcher, one task after the
// other. Threads: PlaceNow and Place from one; OnPlaced is called on the fetcher's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <utility>
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
  // Told once for each Place: the task, or what FileFetcher::Get says, or InvalidArgument for a task that names a file
  // without its digest.
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
  // Ends what is under way, and what will be: OnPlaced is told Cancelled.
  void Cancel() { stop_.Request(); }

 private:
  void Run();

  FileFetcher& fetcher_;
  const OnPlaced on_placed_;
  Stop stop_;
  absl::Mutex mutex_;
  std::deque<std::pair<int64_t, TrialTask>> queue_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace parzen
