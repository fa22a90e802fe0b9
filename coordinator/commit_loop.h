// The coordinator's one writer thread: takes everything that has arrived, does it in one transaction, commits once, and
// only then lets the answers out (group commit). So nothing is acknowledged before it is on disk, and reports that
// arrive together share one fsync. What arrives while a batch is being done joins it: the request that follows a
// trial's end would otherwise wait for a commit of its own. Nobody waits for others to arrive.
//
// When a commit fails (disk full), nothing of the batch is stored: every caller of it gets Unavailable or
// ResourceExhausted, all streams are closed, memory is made equal to the disk again, and the next batch tries anew.
// Workers come back and repeat, so the cluster goes on by itself once there is room. When it fails before anything was
// done (somebody holds the file's lock, the file was moved away), the callers are told the same, and memory and streams
// stay as they are: no lease runs out for it, and whoever had an answer to get repeats the question.
//
// Other programs write to the same file. Every batch begins with what they did; when there is none, the loop looks
// twice a second whether the file has changed, which takes no lock.
//
// When the loop itself did not run for a while (the process was stopped, its machine slept), what workers said
// meanwhile may not be read yet: no lease of before runs out for that.
//
// Threads: Submit from any thread; the callbacks and Work run on the loop's thread. Borrows store and dispatcher.
#pragma once

#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "coordinator/dispatcher.h"
#include "coordinator/metrics.h"
#include "studies/store/store.h"

namespace parzen {

// Where answers go. Called on the loop's thread, after the commit.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void Send(ConnectionId connection, const CoordinatorMessage& message) = 0;
  // No more answers come for now: what was sent may leave together.
  virtual void Flush() {}
  virtual void Close(ConnectionId connection, const absl::Status& reason) = 0;
  virtual void CloseAll(const absl::Status& reason) = 0;
};

class CommitLoop {
 public:
  // One input of the dispatcher; an error means that the store failed.
  using Work = std::function<absl::Status(Dispatcher& dispatcher, Now now)>;
  // Told once, when the work's transaction has committed (OK) or failed.
  using Done = std::function<void(const absl::Status& committed)>;

  CommitLoop(Store& store, Dispatcher& dispatcher, Outlet& outlet)
      : store_(store), dispatcher_(dispatcher), outlet_(outlet) {}
  ~CommitLoop() { Stop(); }

  // Asked before each transaction, before its answers leave, and twice a second: an error is one of the commit's.
  // Before Start.
  void set_guard(std::function<absl::Status()> guard) { guard_ = std::move(guard); }

  // Told what is done and how long it takes. Before Start.
  void set_metrics(Metrics* metrics) { metrics_ = metrics; }
  // Told, on the loop's thread, when what arrives cannot be stored any more and why, and when it can again. Before
  // Start.
  void set_on_health(std::function<void(const absl::Status& status)> on_health) { on_health_ = std::move(on_health); }

  // Loads the dispatcher from the store, then starts the thread. Call once.
  absl::Status Start();
  // After Stop the work is not done, and `done` is told Unavailable at once.
  void Submit(Work work, Done done);
  // The same for work that nobody waits for (heartbeats): it does not wake the loop, but is done with whatever comes
  // next, before the next lease runs out and at most half a second later. Order is kept. When its batch fails before
  // anything was done, it is done with the next, and only then is `done` told.
  void SubmitUnhurried(Work work, Done done);
  // Submit, for what must not be missed (a stream is over): done again as that is.
  void SubmitUntilDone(Work work);
  // Does what was submitted, then ends the thread. Idempotent.
  void Stop();

 private:
  struct Item {
    Work work;
    Done done;
    absl::Duration arrived;  // steady time
    bool hurries = true;     // the loop is to wake up for it
    bool repeats = false;    // it waits for the next batch when its own fails
  };

  void Queue(Item item);
  void Run();
  // Waits for items, a lease's deadline, the next look at the file, or stop; false at the end.
  bool TakeBatch(std::vector<Item>& batch);
  // Whether there is something to do without items.
  bool IsDue();
  // Called whenever the loop comes round: was it away for long?
  void NoticePause(Now now);
  absl::Status RunBatch(std::vector<Item>& batch);
  // Takes over what others did in the file, or all that is in it.
  absl::Status MatchDisk(Now now);
  // Does the batch and what joins it.
  absl::Status DoItems(std::vector<Item>& batch, Now now);
  // Appends what has arrived.
  void TakeArrived(std::vector<Item>& batch);
  // Nothing has arrived and nothing is due, unless others wrote to the file.
  absl::Status Idle();
  absl::Status CheckFile() { return guard_ ? guard_() : absl::OkStatus(); }
  // Whether the last batch failed.
  bool IsFailing() const { return !last_failure_.ok(); }
  // Notes what was not stored, and sees to it that memory does not say otherwise.
  absl::Status Transact(const std::function<absl::Status()>& writes);
  // Tells those who wait what became of the batch; what repeats waits on.
  void Tell(std::vector<Item>& batch, const absl::Status& status);
  void Recover(const absl::Status& failure);
  // Tells the metrics of a batch that was committed, which began at `began`.
  void CountBatch(const std::vector<Item>& batch, absl::Duration began);
  // Tells them how things stand, unless it did so just now.
  void ShowState(absl::Duration now);

  Store& store_;
  Dispatcher& dispatcher_;
  Outlet& outlet_;
  std::function<absl::Status()> guard_;
  Metrics* metrics_ = nullptr;
  std::function<void(const absl::Status& status)> on_health_;
  absl::Duration expected_;                                  // steady time by when the loop comes round; of its thread
  absl::Duration next_show_;                                 // steady time; of the loop's thread
  absl::Duration next_deadline_ = absl::InfiniteDuration();  // steady time; of the loop's thread
  absl::Status last_failure_;                                // of the loop's thread; OK once a batch was committed
  bool memory_is_stale_ = false;                             // of the loop's thread
  int64_t reopened_ = 0;  // of the loop's thread: Store::reopened() when memory was equal to the disk

  absl::Mutex mutex_;
  std::vector<Item> queue_ ABSL_GUARDED_BY(mutex_);
  bool awake_ ABSL_GUARDED_BY(mutex_) = false;  // the queue has work that hurries
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace parzen
