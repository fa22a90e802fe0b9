// The coordinator's process, with the real dispatcher over the real store, and virtual time instead of threads: what
// the commit loop (coordinator/commit_loop.h) and the services do around them. What has arrived is done in one
// transaction; answers leave after the commit, and a while later, in which the process may die. When the commit fails,
// all streams are closed and memory is read again; when the transaction cannot even begin, both stay. What comes while
// the process is frozen is read only after it went on: its threads do not all wake up at once.
//
// Threads: externally synchronised. Borrows everything it is given.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "base/random_stream.h"
#include "coordinator/dispatcher.h"
#include "studies/store/store.h"
#include "tests/coordinator/simulator/network.h"
#include "tests/coordinator/simulator/referee.h"
#include "tests/coordinator/simulator/scenario.h"
#include "tests/coordinator/simulator/world.h"

namespace parzen {

class SimulatedCoordinator final : public CoordinatorEnd {
 public:
  using Work = std::function<absl::Status(Dispatcher& dispatcher, Now now)>;
  using Done = std::function<void(const absl::Status& committed)>;

  SimulatedCoordinator(World& world, const Scenario& scenario, Network& network, Store& store, Referee& referee);

  // The process starts; does nothing while it runs.
  void Boot();
  // kill -9, then a new process after a while.
  void Kill();
  // SIGSTOP, and SIGCONT after `time`.
  void Freeze(absl::Duration time);
  // It has listened without a break until then, or still does; nullopt when it was frozen more than once of late.
  std::optional<absl::Duration> ListenedUntil() const;
  // No commit succeeds for so long.
  void FillDisk(absl::Duration time);
  // The machine's wall clock.
  void JumpClock(absl::Duration by);

  // An edit, as the services submit them; `done` never comes when the process dies.
  void Submit(Work work, Done done);
  Dispatcher* dispatcher() { return dispatcher_.get(); }
  // Nothing waits to be done, memory is what was committed.
  bool IsQuiet() const { return dispatcher_ != nullptr && !busy_ && inbox_.empty() && unread_.empty() && !failing_; }
  Now Clock() const;

  bool Listens() const override { return dispatcher_ != nullptr && world_.now() >= frozen_until_; }
  void Received(ConnectionId stream, const WorkerMessage& message) override;
  void StreamEnded(ConnectionId stream) override;

 private:
  struct Item {
    Work work;
    Done done;
    bool repeats = false;  // it waits for the next transaction when its own cannot begin
  };

  void Submit(Item item);

  // Runs `event` later, unless the process dies before; while it is frozen, it waits.
  void Later(absl::Duration delay, std::function<void()> event);
  // What came while it was frozen is read, soon after it went on.
  void ReadAfterFreeze();
  // As the commit loop's.
  void NoticePause();
  void WakeUp();
  // Sleeps until items come, a lease runs out, or it is time to look at the file.
  void Sleep();
  void RunBatch();
  absl::Status DoAll(const std::vector<Item>& batch, Now now);
  absl::Status Transact(const std::function<absl::Status()>& writes);
  void Commit(std::vector<Item> batch);
  void Answer(const std::vector<OutgoingMessage>& outbox);
  // Those who wait are told, and what repeats waits on.
  void Recover(std::vector<Item> batch, const absl::Status& failure);
  bool Troubled(double chance);

  World& world_;
  const Scenario& scenario_;
  Network& network_;
  Store& store_;
  Referee& referee_;
  RandomStream random_;
  std::unique_ptr<Dispatcher> dispatcher_;  // null while the process is dead
  int64_t life_ = 0;                        // counts processes
  int64_t tokens_made_ = 0;
  std::vector<Item> inbox_;
  std::vector<Item> unread_;          // came while it was frozen
  std::set<ConnectionId> sent_away_;  // streams of which a message was not dealt with: no later one is
  bool busy_ = false;
  bool failing_ = false;  // the last transaction was not committed
  bool memory_is_stale_ = false;
  int64_t sleep_ = 0;        // counts, to tell the last alarm from earlier ones
  absl::Duration expected_;  // by when it comes round
  absl::Duration frozen_until_, disk_full_until_;
  std::optional<absl::Duration> frozen_since_;  // absent: again and again
  absl::Duration steady_start_;                 // of this process
  absl::Duration wall_offset_ = absl::ZeroDuration();
};

}  // namespace parzen
