#include "tests/coordinator/simulator/simulated_coordinator.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(500);

}  // namespace

SimulatedCoordinator::SimulatedCoordinator(World& world, const Scenario& scenario, Network& network, Store& store,
                                           Referee& referee)
    : world_(world),
      scenario_(scenario),
      network_(network),
      store_(store),
      referee_(referee),
      random_(world.Random(0, "coordinator")) {}

Now SimulatedCoordinator::Clock() const {
  static const absl::Time start = absl::FromUnixSeconds(1700000000);
  return {start + world_.now() + wall_offset_, steady_start_ + world_.now()};
}

bool SimulatedCoordinator::Troubled(double chance) { return world_.now() < scenario_.calm && Chance(random_, chance); }

void SimulatedCoordinator::Later(absl::Duration delay, std::function<void()> event) {
  world_.events().After(delay, [this, life = life_, event = std::move(event)]() mutable {
    if (life != life_) return;
    if (world_.now() < frozen_until_) return Later(frozen_until_ - world_.now(), std::move(event));
    event();
  });
}

void SimulatedCoordinator::Boot() {
  if (dispatcher_ != nullptr) return;
  ++life_;
  // Steady time counts from the machine's start, and this may be another machine.
  steady_start_ = DurationBetween(random_, absl::Seconds(1), absl::Hours(1000));
  busy_ = failing_ = memory_is_stale_ = false;
  dispatcher_ =
      std::make_unique<Dispatcher>(store_, scenario_.lease, [this] { return absl::StrCat("token-", ++tokens_made_); });
  const absl::Status started = Transact([&] { return dispatcher_->Start(Clock()); });
  world_.Say("coordinator: starts: ", started.ToString());
  referee_.CoordinatorForgot();
  if (!started.ok()) return Kill();
  referee_.Committed(*dispatcher_, dispatcher_->TakeOutbox());
  expected_ = world_.now();
  Sleep();
}

void SimulatedCoordinator::Kill() {
  if (dispatcher_ == nullptr) return;
  ++life_;
  world_.Say("coordinator: is killed");
  store_.Rollback();
  dispatcher_.reset();
  inbox_.clear();
  unread_.clear();
  network_.CoordinatorDied();
  const absl::Duration away = DurationAround(random_, absl::Seconds(Chance(random_, 0.2) ? 20 : 1));
  world_.events().After(away, [this] { Boot(); });
}

void SimulatedCoordinator::Freeze(absl::Duration time) {
  world_.Say("coordinator: is frozen for ", absl::FormatDuration(time));
  const bool again = frozen_until_ > absl::ZeroDuration() && world_.now() < frozen_until_ + 2 * scenario_.lease;
  frozen_since_ = again ? std::nullopt : std::optional(world_.now());
  frozen_until_ = std::max(frozen_until_, world_.now() + time);
}

std::optional<absl::Duration> SimulatedCoordinator::ListenedUntil() const {
  const bool of_late = frozen_until_ > absl::ZeroDuration() && world_.now() < frozen_until_ + 2 * scenario_.lease;
  return of_late ? frozen_since_ : world_.now();
}

void SimulatedCoordinator::FillDisk(absl::Duration time) {
  world_.Say("coordinator: its disk is full for ", absl::FormatDuration(time));
  disk_full_until_ = world_.now() + time;
}

void SimulatedCoordinator::JumpClock(absl::Duration by) {
  world_.Say("coordinator: its clock jumps by ", absl::FormatDuration(by));
  wall_offset_ += by;
}

void SimulatedCoordinator::Submit(Work work, Done done) { Submit({std::move(work), std::move(done)}); }

void SimulatedCoordinator::Submit(Item item) {
  if (dispatcher_ == nullptr) return;
  if (world_.now() >= frozen_until_ && unread_.empty()) {
    inbox_.push_back(std::move(item));
    return WakeUp();
  }
  unread_.push_back(std::move(item));
  if (unread_.size() == 1) ReadAfterFreeze();
}

void SimulatedCoordinator::ReadAfterFreeze() {
  const absl::Duration soon = std::max(frozen_until_, world_.now()) + DurationAround(random_, absl::Milliseconds(2));
  world_.events().At(soon, [this, life = life_] {
    if (life != life_) return;
    if (world_.now() < frozen_until_) return ReadAfterFreeze();
    std::move(unread_.begin(), unread_.end(), std::back_inserter(inbox_));
    unread_.clear();
    WakeUp();
  });
}

void SimulatedCoordinator::Received(ConnectionId stream, const WorkerMessage& message) {
  auto refusal = std::make_shared<absl::Status>();
  Work work = [=, this](Dispatcher& dispatcher, Now now) -> absl::Status {
    if (sent_away_.contains(stream)) return absl::OkStatus();
    world_.Say("coordinator: from stream ", stream, ": ", world_.traced() ? message.ShortDebugString() : "");
    RETURN_IF_ERROR(dispatcher.Handle(stream, message, now, *refusal));
    if (refusal->ok()) referee_.Handled(stream, message);
    return absl::OkStatus();
  };
  Done done = [=, this](const absl::Status& committed) {
    if (!committed.ok() || !refusal->ok()) sent_away_.insert(stream);
    if (!committed.ok()) return network_.CloseByCoordinator(stream, absl::UnavailableError(committed.message()));
    if (!refusal->ok()) network_.CloseByCoordinator(stream, *refusal);
  };
  Submit({std::move(work), std::move(done), /*repeats=*/message.has_heartbeat()});
}

void SimulatedCoordinator::StreamEnded(ConnectionId stream) {
  Work work = [=, this](Dispatcher& dispatcher, Now now) {
    world_.Say("coordinator: stream ", stream, " has ended");
    referee_.Disconnected(stream);
    return dispatcher.Disconnected(stream, now);
  };
  Submit({std::move(work), [](const absl::Status&) {}, /*repeats=*/true});
}

void SimulatedCoordinator::WakeUp() {
  if (busy_ || dispatcher_ == nullptr) return;
  busy_ = true;
  Later(absl::ZeroDuration(), [this] { RunBatch(); });
}

void SimulatedCoordinator::Sleep() {
  busy_ = false;
  if (!inbox_.empty() && !failing_) return WakeUp();
  const absl::Duration until_deadline =
      failing_ ? kPoll : std::max(dispatcher_->NextDeadline(Clock()) - Clock().steady, absl::ZeroDuration());
  const absl::Duration timeout = std::min(until_deadline, kPoll);
  expected_ += timeout;
  Later(timeout, [this, sleep = ++sleep_] {
    if (busy_ || sleep != sleep_) return;
    NoticePause();
    const bool due = failing_ || dispatcher_->NextDeadline(Clock()) <= Clock().steady || dispatcher_->FileHasChanged();
    due ? WakeUp() : Sleep();
  });
}

void SimulatedCoordinator::NoticePause() {
  if (world_.now() - std::exchange(expected_, world_.now()) < scenario_.lease / 3) return;
  world_.Count("coordinator noticed that it was away");
  dispatcher_->ForgivePause(Clock());
}

void SimulatedCoordinator::RunBatch() {
  std::vector<Item> batch;
  batch.swap(inbox_);
  NoticePause();
  const Now now = Clock();
  if (Troubled(scenario_.troubles.dies_before_commit)) {
    world_.Count("coordinator died before a commit");
    return Kill();
  }
  const absl::Status status = DoAll(batch, now);
  if (status.ok()) return Commit(std::move(batch));
  Recover(std::move(batch), status);
  Sleep();
}

absl::Status SimulatedCoordinator::DoAll(const std::vector<Item>& batch, Now now) {
  // Without room it does not even try.
  if (memory_is_stale_ && world_.now() < disk_full_until_) return absl::ResourceExhaustedError("the disk is full");
  return Transact([&]() -> absl::Status {
    if (failing_) dispatcher_->RenewLeases(now);
    if (memory_is_stale_) {
      referee_.CoordinatorForgot();
      RETURN_IF_ERROR(dispatcher_->Reload(now));
    } else {
      RETURN_IF_ERROR(dispatcher_->Refresh(now));
    }
    failing_ = memory_is_stale_ = false;
    for (const Item& item : batch) RETURN_IF_ERROR(item.work(*dispatcher_, now));
    RETURN_IF_ERROR(dispatcher_->ExpireLeases(now));
    return dispatcher_->Assign(now);
  });
}

absl::Status SimulatedCoordinator::Transact(const std::function<absl::Status()>& writes) {
  if (Troubled(scenario_.troubles.cannot_begin)) {
    world_.Count("transaction could not begin");
    return absl::UnavailableError("the file is locked");
  }
  RETURN_IF_ERROR(store_.Begin());
  absl::Status status = writes();
  if (!status.ok()) {
    world_.Broken("the store takes what the dispatcher writes", status.ToString());
  } else if (world_.now() < disk_full_until_) {
    world_.Count("commit failed, the disk is full");
    status = absl::ResourceExhaustedError("the disk is full");
  } else if (Troubled(scenario_.troubles.commit_fails)) {
    world_.Count("commit failed");
    status = absl::UnavailableError("the file is locked");
  } else {
    return store_.Commit();
  }
  store_.Rollback();
  memory_is_stale_ = true;
  network_.CloseAllByCoordinator(absl::UnavailableError(status.message()));
  return status;
}

void SimulatedCoordinator::Recover(std::vector<Item> batch, const absl::Status& failure) {
  world_.Say("coordinator: the commit failed: ", failure.ToString());
  failing_ = true;
  for (Item& item : batch) {
    if (item.repeats && !memory_is_stale_) {
      inbox_.push_back(std::move(item));
    } else {
      item.done(failure);
    }
  }
}

// The transaction is on disk; the commit takes some time, and only then are the answers sent.
void SimulatedCoordinator::Commit(std::vector<Item> batch) {
  auto outbox = std::make_shared<std::vector<OutgoingMessage>>(dispatcher_->TakeOutbox());
  referee_.Committed(*dispatcher_, *outbox);
  if (Troubled(scenario_.troubles.dies_after_commit)) {
    world_.Count("coordinator died between commit and answers");
    return Kill();
  }
  Later(DurationAround(random_, scenario_.commit_time), [this, outbox, batch = std::move(batch), life = life_] {
    if (Troubled(scenario_.troubles.dies_while_answering)) {
      world_.Count("coordinator died while it answered");
      outbox->resize(random_.Below(outbox->size() + 1));
      Answer(*outbox);
      return Kill();
    }
    Answer(*outbox);
    for (const Item& item : batch) item.done(absl::OkStatus());
    if (life == life_) Sleep();
  });
}

void SimulatedCoordinator::Answer(const std::vector<OutgoingMessage>& outbox) {
  for (const OutgoingMessage& outgoing : outbox) {
    if (outgoing.close) {
      world_.Count("worker's other stream closed");
      network_.CloseByCoordinator(outgoing.connection, absl::UnavailableError("the worker has another stream"));
      continue;
    }
    world_.Say("coordinator: to stream ", outgoing.connection, ": ",
               world_.traced() ? outgoing.message.ShortDebugString() : "");
    network_.SendDown(outgoing.connection, outgoing.message);
  }
}

}  // namespace parzen
