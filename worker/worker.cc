#include "worker/worker.h"

#include <tbb/global_control.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/log.h"
#include "worker/coordinator_stream.h"
#include "worker/slot.h"

namespace parzen {
namespace {

// Pauses between attempts to connect: doubling, from the first to the last.
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(2);
// How long one attempt may take, and so how long a stop may have to wait for it.
constexpr absl::Duration kDialTimeout = absl::Seconds(1);
// How long a stopping worker waits for its trials to be taken back.
constexpr absl::Duration kFarewell = absl::Seconds(5);

// What can happen to a worker. The generation tells a new stream's events from an old one's.
struct Received {
  int64_t generation;
  CoordinatorMessage message;
};
struct StreamEnded {
  int64_t generation;
  absl::Status reason;
};
struct SlotReported {
  size_t slot;
  int64_t step;
  double value;
};
struct SlotEnded {
  size_t slot;
  absl::StatusOr<TrainMetrics> result;
};
struct StopRequested {};
using Event = std::variant<Received, StreamEnded, SlotReported, SlotEnded, StopRequested>;

// Threads: internally synchronised.
class EventQueue {
 public:
  void Push(Event event) {
    absl::MutexLock lock(&mutex_);
    events_.push_back(std::move(event));
  }
  // The next event, or nullopt after `timeout`.
  std::optional<Event> Pop(absl::Duration timeout) {
    absl::MutexLock lock(&mutex_);
    const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !events_.empty(); };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&any), timeout)) return std::nullopt;
    Event event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

 private:
  absl::Mutex mutex_;
  std::deque<Event> events_ ABSL_GUARDED_BY(mutex_);
};

std::string RandomId() {
  std::random_device device;
  return absl::StrFormat("%08x%08x%08x%08x", device(), device(), device(), device());
}

std::string HostName() {
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return host;
}

// The worker's one thread of decisions; everything else only brings it events.
class WorkerLoop {
 public:
  WorkerLoop(const WorkerOptions& options, DataCache& cache) : options_(options) {
    hello_.set_worker_id(RandomId());
    hello_.set_host(HostName());
    hello_.set_pid(getpid());
    hello_.set_name(options.name.empty() ? absl::StrCat(hello_.host(), "-", hello_.pid()) : options.name);
    hello_.set_slots(options.slots);
    hello_.set_threads(options.threads);
    hello_.set_embedded(options.embedded);
    jobs_.resize(static_cast<size_t>(options.slots));
    for (size_t i = 0; i < jobs_.size(); ++i) {
      jobs_[i].slot = std::make_unique<Slot>(
          options.threads, cache,
          [this, i](int64_t step, double value) {
            events_.Push(SlotReported{i, step, value});
          },
          [this, i](absl::StatusOr<TrainMetrics> result) {
            events_.Push(SlotEnded{i, std::move(result)});
          });
    }
  }

  absl::Status Run(const Stop& stop) {
    StopCallback on_stop(stop, [this] { events_.Push(StopRequested{}); });
    give_up_at_ = ReadClock().steady + options_.first_connect;
    while (!Finished()) {
      if (stream_ == nullptr && ReadClock().steady >= next_dial_) {
        const absl::Status dialled = Dial();
        if (!dialled.ok() && !stopping_) return dialled;
      }
      if (std::optional<Event> event = events_.Pop(UntilNextTimer()); event.has_value()) {
        std::visit([this](auto& what) { On(what); }, *event);
      }
      if (!refused_.ok()) return refused_;
      SendHeartbeat();
    }
    return absl::OkStatus();
  }

 private:
  // One slot and what it is at.
  struct Job {
    std::unique_ptr<Slot> slot;
    std::string request_id;              // not empty: waits for a trial
    std::optional<Lease> lease;          // a trial is being trained ...
    bool unwanted = false;               // ... but nobody waits for its end any more
    std::vector<StepReport> unanswered;  // reports of that trial, oldest first
  };

  // --- Connection.

  // An error only when it is time to give up.
  absl::Status Dial() {
    const int64_t generation = ++generation_;
    absl::StatusOr<std::unique_ptr<CoordinatorStream>> stream = CoordinatorStream::Open(
        options_.coordinator, kDialTimeout,
        [this, generation](CoordinatorMessage message) {
          events_.Push(Received{generation, std::move(message)});
        },
        [this, generation](const absl::Status& reason) {
          events_.Push(StreamEnded{generation, reason});
        });
    const absl::Duration now = ReadClock().steady;
    if (!stream.ok()) {
      if (now >= give_up_at_) return stream.status();
      next_dial_ = now + pause_;
      pause_ = std::min(2 * pause_, kLongestPause);
      return absl::OkStatus();
    }
    stream_ = *std::move(stream);
    SayHello();
    return absl::OkStatus();
  }

  // Says who we are and what we hold, then again everything that has no answer yet.
  void SayHello() {
    WorkerMessage message;
    *message.mutable_hello() = hello_;
    for (const Job& job : jobs_) {
      if (job.lease.has_value() && !job.unwanted) *message.mutable_hello()->add_held() = *job.lease;
    }
    Send(message);
    for (const TrialEnd& end : unacknowledged_) SendEnd(end);
    for (Job& job : jobs_) {
      for (const StepReport& report : job.unanswered) SendReport(report);
      if (!job.request_id.empty()) SendRequest(job.request_id);
    }
  }

  void On(StreamEnded& ended) {
    if (ended.generation != generation_) return;
    stream_.reset();
    const absl::Duration now = ReadClock().steady;
    switch (ended.reason.code()) {
      case absl::StatusCode::kInvalidArgument:
      case absl::StatusCode::kFailedPrecondition:
      case absl::StatusCode::kPermissionDenied:
      case absl::StatusCode::kUnauthenticated:
      case absl::StatusCode::kUnimplemented:
        refused_ = ended.reason;  // trying again would end the same way
        return;
      default:
        break;
    }
    if (welcomed_) {
      spdlog::warn("lost the coordinator ({}); trying again", std::string(ended.reason.message()));
      give_up_at_ = now + options_.reconnect;
      pause_ = kFirstPause;
      welcomed_ = false;
    }
    next_dial_ = now + pause_;
    pause_ = std::min(2 * pause_, kLongestPause);
  }

  // --- What the coordinator says.

  void On(Received& received) {
    if (received.generation != generation_) return;
    CoordinatorMessage& message = received.message;
    switch (message.kind_case()) {
      case CoordinatorMessage::kWelcome:
        return OnWelcome(message.welcome());
      case CoordinatorMessage::kAssignment:
        return OnAssignment(*message.mutable_assignment());
      case CoordinatorMessage::kVerdict:
        return OnVerdict(message.verdict());
      case CoordinatorMessage::kEndAck:
        return OnEndAck(message.end_ack());
      case CoordinatorMessage::kDrop:
        return OnDrop(message.drop());
      case CoordinatorMessage::KIND_NOT_SET:
        return;  // of a newer coordinator
    }
  }

  void OnWelcome(const Welcome& welcome) {
    welcomed_ = true;
    heartbeat_period_ = absl::Seconds(std::max(welcome.lease_seconds(), 0.1) / 3);
    next_heartbeat_ = ReadClock().steady + heartbeat_period_;
    if (!options_.embedded) spdlog::info("connected to {} as {}", options_.coordinator, hello_.name());
    for (Job& job : jobs_) AskForTrial(job);
  }

  void OnAssignment(Assignment& assignment) {
    for (Job& job : jobs_) {
      if (job.request_id.empty() || job.request_id != assignment.request_id()) continue;
      job.request_id.clear();
      job.lease = assignment.lease();
      job.unwanted = false;
      if (!options_.embedded) {
        spdlog::info("study \"{}\": trial {} starts", assignment.study(), assignment.task().trial_number());
      }
      job.slot->Start(std::move(*assignment.mutable_task()));
      return;
    }
    // Nobody waits for it (any more): back to the queue.
    if (Training(assignment.lease().token()) == nullptr)
      End(assignment.lease(), [](TrialEnd& end) { end.set_released(true); });
  }

  void OnVerdict(const Verdict& verdict) {
    Job* job = Training(verdict.lease().token());
    if (job == nullptr) return;
    std::erase_if(job->unanswered, [&](const StepReport& report) { return report.step() == verdict.step(); });
    if (verdict.stop()) Abandon(*job);
  }

  void OnEndAck(const EndAck& ack) {
    if (!ack.counted()) spdlog::warn("a result came too late: its trial had been given to another worker");
    std::erase_if(unacknowledged_, [&](const TrialEnd& end) { return end.lease().token() == ack.lease().token(); });
  }

  void OnDrop(const Drop& drop) {
    if (Job* job = Training(drop.lease().token()); job != nullptr) Abandon(*job);
    for (Job& job : jobs_) {
      if (drop.request_id().empty() || job.request_id != drop.request_id()) continue;
      job.request_id.clear();
      AskForTrial(job);
    }
  }

  // --- What the slots say.

  void On(SlotReported& reported) {
    Job& job = jobs_[reported.slot];
    if (job.unwanted) return;
    StepReport report;
    *report.mutable_lease() = *job.lease;
    report.set_step(reported.step);
    report.set_value(reported.value);
    SendReport(report);
    job.unanswered.push_back(std::move(report));
  }

  void On(SlotEnded& ended) {
    Job& job = jobs_[ended.slot];
    const Lease lease = *std::exchange(job.lease, std::nullopt);
    job.unanswered.clear();
    if (!job.unwanted) {
      End(lease, [&](TrialEnd& end) {
        if (ended.result.ok()) {
          *end.mutable_metrics() = *std::move(ended.result);
        } else if (absl::IsCancelled(ended.result.status())) {
          end.set_released(true);
        } else {
          end.set_failure(std::string(ended.result.status().message()));
        }
      });
    }
    AskForTrial(job);
  }

  void On(StopRequested&) {
    if (stopping_) return;
    stopping_ = true;
    give_up_at_ = ReadClock().steady + kFarewell;
    for (Job& job : jobs_) {
      job.request_id.clear();
      job.slot->Cancel();
    }
  }

  // --- Helpers of the above.

  Job* Training(absl::string_view token) {
    for (Job& job : jobs_) {
      if (job.lease.has_value() && job.lease->token() == token) return &job;
    }
    return nullptr;
  }

  void Abandon(Job& job) {
    job.unwanted = true;
    job.slot->Cancel();
  }

  void AskForTrial(Job& job) {
    if (stopping_ || job.lease.has_value() || !job.request_id.empty()) return;
    job.request_id = absl::StrCat(hello_.worker_id(), "/", ++requests_made_);
    SendRequest(job.request_id);
  }

  template <typename SetOutcome>
  void End(const Lease& lease, SetOutcome set_outcome) {
    TrialEnd end;
    *end.mutable_lease() = lease;
    set_outcome(end);
    SendEnd(end);
    unacknowledged_.push_back(std::move(end));
  }

  void SendEnd(const TrialEnd& end) {
    WorkerMessage message;
    *message.mutable_end() = end;
    Send(message);
  }

  void SendReport(const StepReport& report) {
    WorkerMessage message;
    *message.mutable_report() = report;
    Send(message);
  }

  void SendRequest(const std::string& request_id) {
    WorkerMessage message;
    message.mutable_request()->set_request_id(request_id);
    Send(message);
  }

  void SendHeartbeat() {
    const absl::Duration now = ReadClock().steady;
    if (!welcomed_ || now < next_heartbeat_) return;
    next_heartbeat_ = now + heartbeat_period_;
    WorkerMessage message;
    for (const Job& job : jobs_) {
      if (job.lease.has_value() && !job.unwanted) *message.mutable_heartbeat()->add_lease() = *job.lease;
    }
    if (message.has_heartbeat()) Send(message);
  }

  // Without a stream, or on a broken one, nothing is sent: SayHello repeats it.
  void Send(const WorkerMessage& message) {
    if (stream_ != nullptr) stream_->Send(message);
  }

  absl::Duration UntilNextTimer() const {
    absl::Duration next = absl::InfiniteDuration();
    if (stream_ == nullptr) next = next_dial_;
    if (welcomed_) next = std::min(next, next_heartbeat_);
    if (stopping_) next = std::min(next, give_up_at_);
    return std::max(next - ReadClock().steady, absl::ZeroDuration());
  }

  // Stopped, and nothing is left to give back (or nobody to give it to).
  bool Finished() const {
    if (!stopping_) return false;
    const bool training = std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.lease.has_value(); });
    if (training) return false;
    return unacknowledged_.empty() || ReadClock().steady >= give_up_at_;
  }

  const WorkerOptions options_;
  Hello hello_;
  EventQueue events_;
  std::vector<Job> jobs_;
  std::vector<TrialEnd> unacknowledged_;  // at most one a slot, plus what came while stopping
  int64_t requests_made_ = 0;
  bool stopping_ = false;

  std::unique_ptr<CoordinatorStream> stream_;  // null while disconnected
  int64_t generation_ = 0;                     // counts streams
  bool welcomed_ = false;                      // the stream works
  absl::Status refused_;
  absl::Duration next_dial_ = absl::ZeroDuration();  // steady time, as all below
  absl::Duration pause_ = kFirstPause;
  absl::Duration give_up_at_ = absl::ZeroDuration();
  absl::Duration heartbeat_period_ = absl::Seconds(1);
  absl::Duration next_heartbeat_ = absl::ZeroDuration();
};

}  // namespace

absl::Status RunWorker(const WorkerOptions& options, DataCache& cache, const Stop& stop) {
  WorkerOptions complete = options;
  if (complete.slots < 1) return absl::InvalidArgumentError("--slots: must be at least 1");
  if (complete.threads < 0) return absl::InvalidArgumentError("--threads: must be at least 1, or 0 for all cores");
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  if (complete.threads == 0) complete.threads = std::max(1, cores / complete.slots);
  // TBB's pool is the process's; without this, more threads than cores would be refused in silence.
  const tbb::global_control pool(tbb::global_control::max_allowed_parallelism,
                                 static_cast<size_t>(std::max(cores, complete.slots * complete.threads)));
  return WorkerLoop(complete, cache).Run(stop);
}

}  // namespace parzen
