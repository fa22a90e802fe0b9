#include "bench/dispatch/simulated_fleet.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <queue>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/random_stream.h"
#include "base/random_token.h"
#include "grpcpp/grpcpp.h"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"

namespace parzen {

struct SimulatedFleet::Shared {
  explicit Shared(const FleetOptions& fleet) : options(fleet) {}

  void Update(int64_t Count::*field) {
    absl::MutexLock lock(&mutex);
    ++(count.*field);
  }
  // The worker is to be told then that the time has come: of a trial's end, or without a token, of its heartbeat.
  void CallLater(absl::Time time, Worker* worker, std::string token) {
    absl::MutexLock lock(&mutex);
    timers.push({time, worker, std::move(token)});
  }
  void RunTimers();

  struct Timer {
    absl::Time time;
    Worker* worker;
    std::string token;
    bool operator<(const Timer& other) const { return time > other.time; }  // the earliest is the queue's top
  };

  const FleetOptions options;
  absl::Mutex mutex;
  Count count ABSL_GUARDED_BY(mutex);
  std::vector<absl::Duration> latencies ABSL_GUARDED_BY(mutex);
  std::priority_queue<Timer> timers ABSL_GUARDED_BY(mutex);
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  std::thread timer_thread;
};

// As worker_loop: Hello, a request for each slot, and for each trial its end followed by the next request.
class SimulatedFleet::Worker final : public grpc::ClientBidiReactor<WorkerMessage, CoordinatorMessage> {
 public:
  Worker(Shared& shared, int number)
      : shared_(shared),
        id_(RandomToken()),
        random_(1, number, "fleet"),
        stub_(WorkerService::NewStub(DialCoordinator(shared.options.coordinator))) {
    stub_->async()->Work(&context_, this);
    WorkerMessage message;
    Hello& hello = *message.mutable_hello();
    hello.set_worker_id(id_);
    hello.set_name(absl::StrCat("simulated-", number));
    hello.set_host("here");
    hello.set_slots(shared_.options.slots);
    hello.set_threads(1);
    {
      absl::MutexLock lock(&mutex_);
      Say(std::move(message));
    }
    StartRead(&incoming_);
    StartCall();
  }

  void Cut() {
    {
      absl::MutexLock lock(&mutex_);
      cut_ = true;
    }
    context_.TryCancel();
  }
  void WaitUntilCut() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&done_));
  }

  void OnTimer(const std::string& token) {
    absl::MutexLock lock(&mutex_);
    if (cut_) return;
    if (!token.empty()) return EndTrial(token);
    WorkerMessage message;
    for (const auto& [held, lease] : held_) *message.mutable_heartbeat()->add_lease() = lease;
    if (message.has_heartbeat()) Say(std::move(message));
    shared_.CallLater(absl::Now() + heartbeat_, this, "");
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;  // OnDone says why
    {
      absl::MutexLock lock(&mutex_);
      Hear(incoming_);
    }
    incoming_.Clear();
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    unsent_.pop_front();
    if (ok) WriteNext();
  }

  void OnDone(const grpc::Status& status) override {
    absl::MutexLock lock(&mutex_);
    if (!cut_) {
      absl::MutexLock shared_lock(&shared_.mutex);
      const absl::Status reason = FromGrpc(status);
      shared_.count.broken = reason.ok() ? absl::UnavailableError("the coordinator closed a stream") : reason;
    }
    done_ = true;
  }

 private:
  void Hear(const CoordinatorMessage& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    switch (message.kind_case()) {
      case CoordinatorMessage::kWelcome:
        for (int i = 0; i < shared_.options.slots; ++i) Ask(std::nullopt);
        heartbeat_ = absl::Seconds(message.welcome().lease_seconds()) / 3;
        shared_.CallLater(absl::Now() + heartbeat_ * random_.Uniform(), this, "");
        return shared_.Update(&Count::welcomed);
      case CoordinatorMessage::kAssignment:
        return Begin(message.assignment());
      case CoordinatorMessage::kEndAck:
        return shared_.Update(message.end_ack().counted() ? &Count::acknowledged : &Count::refused);
      case CoordinatorMessage::kDrop:
        return shared_.Update(&Count::refused);
      default:
        return;
    }
  }

  void Begin(const Assignment& assignment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto asked = asked_.find(assignment.request_id());
    if (asked == asked_.end()) return;
    {
      absl::MutexLock lock(&shared_.mutex);
      ++shared_.count.assigned;
      if (asked->second.has_value()) shared_.latencies.push_back(absl::Now() - *asked->second);
    }
    asked_.erase(asked);
    const std::string& token = assignment.lease().token();
    held_[token] = assignment.lease();
    if (shared_.options.trial == absl::ZeroDuration()) return EndTrial(token);
    shared_.CallLater(absl::Now() + shared_.options.trial * (0.5 + random_.Uniform()), this, token);
  }

  void EndTrial(const std::string& token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto held = held_.find(token);
    if (held == held_.end()) return;
    WorkerMessage message;
    *message.mutable_end()->mutable_lease() = std::move(held->second);
    held_.erase(held);
    MetricValue& metric = *message.mutable_end()->mutable_result()->add_metric();
    metric.set_name("value");
    metric.set_value(random_.Uniform());
    Say(std::move(message));
    Ask(absl::Now());
  }

  // `ended`: when the slot's last trial did.
  void Ask(std::optional<absl::Time> ended) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    WorkerMessage message;
    const std::string request = absl::StrCat(id_, "/", ++requests_);
    message.mutable_request()->set_request_id(request);
    asked_[request] = ended;
    Say(std::move(message));
  }

  void Say(WorkerMessage message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    unsent_.push_back(std::move(message));
    WriteNext();
  }

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || unsent_.empty()) return;
    writing_ = true;
    StartWrite(&unsent_.front());
  }

  Shared& shared_;
  const std::string id_;
  RandomStream random_;
  std::unique_ptr<WorkerService::Stub> stub_;
  grpc::ClientContext context_;
  CoordinatorMessage incoming_;  // of the one read under way
  absl::Mutex mutex_;            // taken before the shared one
  std::deque<WorkerMessage> unsent_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool cut_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t requests_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration heartbeat_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::optional<absl::Time>> asked_ ABSL_GUARDED_BY(mutex_);  // by request
  absl::flat_hash_map<std::string, Lease> held_ ABSL_GUARDED_BY(mutex_);                       // by token
};

void SimulatedFleet::Shared::RunTimers() {
  constexpr absl::Duration kTick = absl::Milliseconds(1);
  constexpr absl::Duration kLongestPause = absl::Milliseconds(50);
  while (true) {
    std::vector<Timer> due;
    {
      absl::MutexLock lock(&mutex);
      const absl::Time now = absl::Now();
      const absl::Time next = timers.empty() ? now + kLongestPause : timers.top().time;
      // Timers that are set meanwhile may be a tick late.
      mutex.AwaitWithTimeout(
          absl::Condition(&stopping),
          std::clamp(next - now, kTick, options.trial == absl::ZeroDuration() ? kLongestPause : kTick));
      if (stopping) return;
      while (!timers.empty() && timers.top().time <= absl::Now()) {
        due.push_back(timers.top());
        timers.pop();
      }
    }
    for (const Timer& timer : due) timer.worker->OnTimer(timer.token);
  }
}

SimulatedFleet::SimulatedFleet(const FleetOptions& options) : shared_(std::make_unique<Shared>(options)) {
  shared_->timer_thread = std::thread([this] { shared_->RunTimers(); });
  for (int i = 0; i < options.workers; ++i) workers_.push_back(std::make_unique<Worker>(*shared_, i));
}

SimulatedFleet::~SimulatedFleet() {
  {
    absl::MutexLock lock(&shared_->mutex);
    shared_->stopping = true;
  }
  shared_->timer_thread.join();
  for (const auto& worker : workers_) worker->Cut();
  for (const auto& worker : workers_) worker->WaitUntilCut();
}

SimulatedFleet::Count SimulatedFleet::Read() {
  absl::MutexLock lock(&shared_->mutex);
  return shared_->count;
}

absl::Status SimulatedFleet::WaitFor(int64_t Count::*kind, int64_t wanted, absl::Duration timeout) {
  Shared& shared = *shared_;
  absl::MutexLock lock(&shared.mutex);
  const auto arrived = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(shared.mutex) {
    return !shared.count.broken.ok() || shared.count.*kind >= wanted;
  };
  if (!shared.mutex.AwaitWithTimeout(absl::Condition(&arrived), timeout)) {
    const Count count = shared.count;
    return absl::DeadlineExceededError(absl::StrCat("after ", absl::FormatDuration(timeout), " only ", count.welcomed,
                                                    " workers are connected, ", count.assigned, " trials given and ",
                                                    count.acknowledged, " ended"));
  }
  return shared.count.broken;
}

std::vector<absl::Duration> SimulatedFleet::TakeLatencies() {
  absl::MutexLock lock(&shared_->mutex);
  return std::exchange(shared_->latencies, {});
}

}  // namespace parzen
