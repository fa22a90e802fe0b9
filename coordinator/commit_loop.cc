#include "coordinator/commit_loop.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "base/status_macros.h"
#include "studies/store/disk_room.h"

namespace parzen {
namespace {

// How often the file is looked at while nothing arrives, and tried again after it failed.
constexpr absl::Duration kPoll = absl::Milliseconds(500);
// How many times what has arrived meanwhile joins a batch. A stream has a bounded number of messages in it (see
// WorkerStreams), so that a flood does not keep it from its commit.
constexpr int kJoins = 8;

}  // namespace

absl::Status CommitLoop::Start() {
  const Now now = ReadClock();
  RETURN_IF_ERROR(Transact([&] { return dispatcher_.Start(now); }));
  next_deadline_ = dispatcher_.NextDeadline(now);
  expected_ = now.steady;
  reopened_ = store_.reopened();
  if (metrics_ != nullptr) metrics_->SetStoring(true);
  ShowState(now.steady);
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void CommitLoop::Submit(Work work, Done done) { Queue({std::move(work), std::move(done), ReadClock().steady}); }

void CommitLoop::SubmitUnhurried(Work work, Done done) {
  Queue({std::move(work), std::move(done), ReadClock().steady, /*hurries=*/false, /*repeats=*/true});
}

void CommitLoop::SubmitUntilDone(Work work) {
  Queue({std::move(work), [](const absl::Status&) {}, ReadClock().steady, /*hurries=*/true, /*repeats=*/true});
}

void CommitLoop::Queue(Item item) {
  {
    absl::MutexLock lock(&mutex_);
    if (!stopping_) {
      awake_ |= item.hurries;
      queue_.push_back(std::move(item));
      return;
    }
  }
  item.done(absl::UnavailableError("the coordinator is stopping"));
}

void CommitLoop::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void CommitLoop::Run() {
  std::vector<Item> batch;
  while (TakeBatch(batch)) {
    const bool idle = batch.empty() && !IsDue();
    const absl::Status status = idle ? Idle() : RunBatch(batch);
    if (!status.ok()) Recover(status);
    Tell(batch, status);
  }
  CheckFile().IgnoreError();  // the last chance to write a deleted file again
}

void CommitLoop::Tell(std::vector<Item>& batch, const absl::Status& status) {
  const bool says_what_to_do = status.ok() || absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
  const absl::Status told = says_what_to_do ? status : absl::UnavailableError(status.message());
  if (!status.ok() && !memory_is_stale_) {
    absl::MutexLock lock(&mutex_);
    const auto first = std::stable_partition(
        batch.begin(), batch.end(), [stopping = stopping_](const Item& item) { return stopping || !item.repeats; });
    queue_.insert(queue_.begin(), std::make_move_iterator(first), std::make_move_iterator(batch.end()));
    batch.erase(first, batch.end());
  }
  for (const Item& item : batch) item.done(told);
  batch.clear();
}

bool CommitLoop::TakeBatch(std::vector<Item>& batch) {
  // While the file fails, no lease can run out.
  const absl::Duration until_due = IsFailing() ? kPoll : std::min(next_deadline_ - ReadClock().steady, kPoll);
  const absl::Duration timeout = std::max(until_due, absl::ZeroDuration());
  expected_ += timeout;
  bool goes_on = true;
  {
    absl::MutexLock lock(&mutex_);
    const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || awake_; };
    mutex_.AwaitWithTimeout(absl::Condition(&ready), timeout);
    batch.swap(queue_);
    awake_ = false;
    goes_on = !(stopping_ && batch.empty());
  }
  NoticePause(ReadClock());
  return goes_on;
}

void CommitLoop::NoticePause(Now now) {
  const absl::Duration late = now.steady - std::exchange(expected_, now.steady);
  // Workers make themselves heard three times a period.
  if (late < dispatcher_.lease_period() / 3) return;
  if (late >= dispatcher_.lease_period()) {
    spdlog::warn("the coordinator did not run for {:.1f} s; workers get a fresh lease", absl::ToDoubleSeconds(late));
  }
  dispatcher_.ForgivePause(now);
  next_deadline_ = dispatcher_.NextDeadline(now);
}

bool CommitLoop::IsDue() { return IsFailing() || next_deadline_ <= ReadClock().steady || dispatcher_.FileHasChanged(); }

absl::Status CommitLoop::RunBatch(std::vector<Item>& batch) {
  Now now;
  if (absl::IsResourceExhausted(last_failure_) && !HasRoom(store_.database().path())) return last_failure_;
  RETURN_IF_ERROR(Transact([&]() -> absl::Status {
    now = ReadClock();  // not before: the lock may have taken longer than a lease
    NoticePause(now);
    RETURN_IF_ERROR(MatchDisk(now));
    RETURN_IF_ERROR(DoItems(batch, now));
    RETURN_IF_ERROR(dispatcher_.ExpireLeases(now));
    return dispatcher_.Assign(now);
  }));
  if (!last_failure_.ok()) {
    spdlog::info("the study database can be written again; going on");
    last_failure_ = absl::OkStatus();
    if (on_health_) on_health_(absl::OkStatus());
  }
  next_deadline_ = dispatcher_.NextDeadline(now);
  for (const OutgoingMessage& outgoing : dispatcher_.TakeOutbox()) {
    if (outgoing.close) {
      outlet_.Close(outgoing.connection, absl::UnavailableError("the worker has another stream"));
    } else {
      outlet_.Send(outgoing.connection, outgoing.message);
    }
  }
  outlet_.Flush();
  CountBatch(batch, now.steady);
  return absl::OkStatus();
}

absl::Status CommitLoop::MatchDisk(Now now) {
  if (IsFailing()) {
    dispatcher_.RenewLeases(now);
    // While the file was elsewhere, others may have gone on with it as it was without its log.
    if (store_.reopened() != reopened_ && !std::exchange(memory_is_stale_, true)) {
      outlet_.CloseAll(absl::UnavailableError("the study database was opened anew"));
    }
  }
  RETURN_IF_ERROR(memory_is_stale_ ? dispatcher_.Reload(now) : dispatcher_.Refresh(now));
  memory_is_stale_ = false;
  reopened_ = store_.reopened();
  return absl::OkStatus();
}

absl::Status CommitLoop::DoItems(std::vector<Item>& batch, Now now) {
  size_t done = 0;
  for (int joins = 0; joins <= kJoins; ++joins) {
    TakeArrived(batch);  // first of all, too: the lock may have taken long
    if (done == batch.size()) break;
    for (; done < batch.size(); ++done) RETURN_IF_ERROR(batch[done].work(dispatcher_, now));
  }
  return absl::OkStatus();
}

void CommitLoop::TakeArrived(std::vector<Item>& batch) {
  absl::MutexLock lock(&mutex_);
  std::move(queue_.begin(), queue_.end(), std::back_inserter(batch));
  queue_.clear();
  awake_ = false;
}

absl::Status CommitLoop::Idle() {
  RETURN_IF_ERROR(CheckFile());
  std::vector<Item> nothing;
  if (dispatcher_.FileHasChanged()) return RunBatch(nothing);
  ShowState(ReadClock().steady);
  return DrainLog(store_.database());
}

absl::Status CommitLoop::Transact(const std::function<absl::Status()>& writes) {
  RETURN_IF_ERROR(CheckFile());
  RETURN_IF_ERROR(store_.Begin());
  absl::Status status = writes();
  if (status.ok()) {
    status = store_.Commit();
  } else {
    store_.Rollback();
  }
  if (status.ok()) status = CheckFile();  // what went into a file that nobody finds is not stored
  if (status.ok()) return status;
  memory_is_stale_ = true;
  outlet_.CloseAll(absl::UnavailableError(status.message()));
  return status;
}

void CommitLoop::CountBatch(const std::vector<Item>& batch, absl::Duration began) {
  const std::vector<AttemptCounts> attempts = dispatcher_.TakeCounts();
  if (metrics_ == nullptr) return;
  const absl::Duration now = ReadClock().steady;
  const auto first = std::find_if(batch.begin(), batch.end(), [](const Item& item) { return item.hurries; });
  metrics_->Committed(batch.size(), now - began, first == batch.end() ? absl::ZeroDuration() : now - first->arrived);
  metrics_->SetStoring(true);
  metrics_->Add(attempts);
  ShowState(now);
}

void CommitLoop::ShowState(absl::Duration now) {
  if (metrics_ == nullptr || now < next_show_) return;
  metrics_->Set(dispatcher_.State());
  next_show_ = now + kPoll;
}

void CommitLoop::Recover(const absl::Status& failure) {
  if (failure != last_failure_) {
    spdlog::error("cannot write the study database; no trial is handed out until it works again: {}",
                  std::string(failure.message()));
    last_failure_ = failure;
    if (on_health_) on_health_(failure);
  }
  if (metrics_ != nullptr) metrics_->CommitFailed();
}

}  // namespace parzen
