#include "worker/worker_loop.h"

#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "base/log.h"

namespace parzen {
namespace {

// Pauses between attempts to connect: doubling, from the first to the last.
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(2);
// How long one attempt may take, and so how long a stop may have to wait for it.
constexpr absl::Duration kLastAnswers = absl::Milliseconds(500);  // a coordinator answers in a few
constexpr absl::Duration kDialTimeout = absl::Seconds(1);

std::string RandomId() {
  std::random_device device;
  return absl::StrFormat("%08x%08x%08x%08x", device(), device(), device(), device());
}

std::string HostName() {
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return host;
}

}  // namespace

void WorkerLoop::EventQueue::Push(Event event) {
  absl::MutexLock lock(&mutex_);
  events_.push_back(std::move(event));
}

std::optional<WorkerLoop::Event> WorkerLoop::EventQueue::Pop(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !events_.empty(); };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&any), timeout)) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

WorkerLoop::WorkerLoop(const WorkerOptions& options, DataCache& cache) : options_(options), pause_(kFirstPause) {
  hello_.set_worker_id(RandomId());
  hello_.set_host(HostName());
  hello_.set_pid(getpid());
  hello_.set_name(options.name.empty() ? absl::StrCat(hello_.host(), "-", hello_.pid()) : options.name);
  hello_.set_slots(options.slots);
  hello_.set_threads(options.threads);
  hello_.set_embedded(options.embedded);
  hello_.set_allow_commands(options.allow_commands);
  jobs_.resize(static_cast<size_t>(options.slots));
  for (size_t i = 0; i < jobs_.size(); ++i) {
    jobs_[i].slot = std::make_unique<Slot>(
        options.threads, ObjectiveInputs{cache, options.allow_commands}, [this, i] { events_.Push(SlotReported{i}); },
        [this, i](absl::StatusOr<TrialResult> result) {
          events_.Push(SlotEnded{i, std::move(result)});
        });
  }
}

WorkerLoop::~WorkerLoop() {
  for (Job& job : jobs_) job.slot->End();  // all at once: a program may take seconds to end
}

absl::Status WorkerLoop::Run(const Stop& stop) {
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

absl::Status WorkerLoop::Dial() {
  const int64_t generation = ++generation_;
  absl::StatusOr<std::unique_ptr<CoordinatorStream>> stream = CoordinatorStream::Open(
      options_.coordinator, options_.tls, kDialTimeout,
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

void WorkerLoop::On(StreamEnded& ended) {
  if (ended.generation != generation_) return;
  stream_.reset();
  for (Job& job : jobs_) job.slot->SetConnected(false);
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
    if (!stopping_) give_up_at_ = now + options_.reconnect;
    pause_ = kFirstPause;
    welcomed_ = false;
  }
  next_dial_ = now + pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
}

void WorkerLoop::On(Received& received) {
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
    case CoordinatorMessage::kDrain:
    case CoordinatorMessage::KIND_NOT_SET:
      return;  // of a newer coordinator
  }
}

void WorkerLoop::OnWelcome(const Welcome& welcome) {
  welcomed_ = true;
  heartbeat_period_ = absl::Seconds(std::max(welcome.lease_seconds(), 0.1) / 3);
  next_heartbeat_ = ReadClock().steady + heartbeat_period_;
  if (!options_.embedded) spdlog::info("connected to {} as {}", options_.coordinator, hello_.name());
  for (Job& job : jobs_) {
    job.slot->SetConnected(true);
    AskForTrial(job);
  }
}

void WorkerLoop::OnAssignment(Assignment& assignment) {
  for (Job& job : jobs_) {
    if (job.request_id.empty() || job.request_id != assignment.request_id()) continue;
    job.request_id.clear();
    if (stopping_) break;
    job.lease = assignment.lease();
    job.unwanted = false;
    if (!options_.embedded) {
      spdlog::info("study \"{}\": trial {} starts", assignment.study(), TrialNumber(assignment.task()));
    }
    job.slot->Start(std::move(*assignment.mutable_task()));
    return;
  }
  if (JobOf(assignment.lease().token()) != nullptr) return;  // the same answer twice
  TrialEnd released;                                         // nobody waits for it any more: back to the queue
  *released.mutable_lease() = assignment.lease();
  released.set_released(true);
  Deliver(std::move(released));
}

void WorkerLoop::OnVerdict(const Verdict& verdict) {
  Job* job = JobOf(verdict.lease().token());
  if (job == nullptr) return;
  std::erase_if(job->unanswered, [&](const StepReport& report) { return report.step() == verdict.step(); });
  if (verdict.stop()) {
    if (!job->unwanted && !options_.embedded) spdlog::info("a trial is pruned");
    job->unwanted = true;
  }
  job->slot->Answered(verdict.step(), verdict.stop());
}

void WorkerLoop::OnEndAck(const EndAck& ack) {
  if (!ack.counted()) spdlog::warn("a result came too late: its attempt had ended already");
  std::erase_if(unacknowledged_, [&](const TrialEnd& end) { return end.lease().token() == ack.lease().token(); });
}

void WorkerLoop::OnDrop(const Drop& drop) {
  if (Job* job = JobOf(drop.lease().token()); job != nullptr) Abandon(*job);
  for (Job& job : jobs_) {
    if (drop.request_id().empty() || job.request_id != drop.request_id()) continue;
    job.request_id.clear();
    AskForTrial(job);
  }
}

void WorkerLoop::On(SlotReported& reported) {
  Job& job = jobs_[reported.slot];
  for (const Slot::Report& taken : job.slot->TakeReports()) {
    if (job.unwanted || !job.lease.has_value()) continue;
    StepReport report;
    *report.mutable_lease() = *job.lease;
    report.set_step(taken.step);
    report.set_value(taken.value);
    SendReport(report);
    Slot::AddReport(job.unanswered, std::move(report));
  }
}

void WorkerLoop::On(SlotEnded& ended) {
  Job& job = jobs_[ended.slot];
  const Lease lease = *std::exchange(job.lease, std::nullopt);
  job.unanswered.clear();
  if (!job.unwanted) {
    TrialEnd end;
    *end.mutable_lease() = lease;
    if (ended.result.ok()) {
      *end.mutable_result() = *std::move(ended.result);
    } else if (absl::IsCancelled(ended.result.status())) {
      end.set_released(true);
    } else {
      end.set_failure(std::string(ended.result.status().message()));
      if (!options_.embedded) spdlog::warn("the trial failed: {}", end.failure());
    }
    Deliver(std::move(end));
  }
  AskForTrial(job);
}

void WorkerLoop::On(StopRequested&) {
  if (stopping_) return;
  stopping_ = true;
  give_up_at_ = ReadClock().steady + options_.farewell;
  answers_until_ = ReadClock().steady + kLastAnswers;
  for (Job& job : jobs_) job.slot->Cancel();
}

WorkerLoop::Job* WorkerLoop::JobOf(absl::string_view token) {
  for (Job& job : jobs_) {
    if (job.lease.has_value() && job.lease->token() == token) return &job;
  }
  return nullptr;
}

void WorkerLoop::Abandon(Job& job) {
  if (!job.unwanted && !options_.embedded) spdlog::warn("a trial is not ours any more; it is stopped");
  job.unwanted = true;
  job.slot->Cancel();
}

void WorkerLoop::AskForTrial(Job& job) {
  if (stopping_ || job.lease.has_value() || !job.request_id.empty()) return;
  job.request_id = absl::StrCat(hello_.worker_id(), "/", ++requests_made_);
  SendRequest(job.request_id);
}

absl::Duration WorkerLoop::UntilNextTimer() const {
  absl::Duration next = absl::InfiniteDuration();
  if (stream_ == nullptr) next = next_dial_;
  if (welcomed_) next = std::min(next, next_heartbeat_);
  if (stopping_ && !Training()) next = std::min(next, AwaitsAnswer() ? answers_until_ : give_up_at_);
  return std::max(next - ReadClock().steady, absl::ZeroDuration());
}

bool WorkerLoop::Training() const {
  return std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.lease.has_value(); });
}

bool WorkerLoop::AwaitsAnswer() const {
  const bool asked = std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return !job.request_id.empty(); });
  return asked && stream_ != nullptr && ReadClock().steady < answers_until_;
}

bool WorkerLoop::Finished() const {
  if (!stopping_) return false;
  if (Training() || AwaitsAnswer()) return false;
  return unacknowledged_.empty() || ReadClock().steady >= give_up_at_;
}

}  // namespace parzen
