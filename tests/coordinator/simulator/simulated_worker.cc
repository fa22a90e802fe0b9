#include "tests/coordinator/simulator/simulated_worker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

// As the worker loop's.
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(2);
constexpr absl::Duration kLastAnswers = absl::Milliseconds(500);
constexpr absl::Duration kFarewell = absl::Seconds(5);

}  // namespace

SimulatedWorker::SimulatedWorker(World& world, const Scenario& scenario, Network& network, Referee& referee, int index)
    : world_(world),
      scenario_(scenario),
      plan_(scenario.workers[index]),
      network_(network),
      referee_(referee),
      index_(index),
      random_(world.Random(index, "worker")) {}

void SimulatedWorker::Later(absl::Duration delay, std::function<void()> event) {
  world_.events().After(delay, [this, life = life_, event = std::move(event)]() mutable {
    if (life != life_) return;
    if (world_.now() < frozen_until_ || !backlog_.empty()) return backlog_.push_back(std::move(event));
    event();
  });
}

void SimulatedWorker::Boot() {
  if (runs_) return;
  runs_ = true;
  ++life_;
  worker_id_ = absl::StrCat("worker-", index_, ".", life_);
  world_.Say(worker_id_, ": starts");
  jobs_.assign(plan_.slots, {});
  unacknowledged_.clear();
  requests_made_ = 0;
  stopping_ = draining_ = welcomed_ = false;
  stream_.reset();
  pause_ = kFirstPause;
  Dial();
}

void SimulatedWorker::End(bool silently) {
  if (stream_.has_value()) network_.CloseByWorker(*stream_, silently);
  stream_.reset();
  if (plan_.spools) {
    for (TrialEnd& end : unacknowledged_) spooled_.push_back(std::move(end));
  }
  unacknowledged_.clear();
  jobs_.clear();
  runs_ = false;
  ++life_;
  frozen_until_ = absl::ZeroDuration();
  backlog_.clear();
  world_.events().After(DurationAround(random_, absl::Seconds(Chance(random_, 0.2) ? 30 : 2)), [this] { Boot(); });
}

void SimulatedWorker::Kill(bool silently) {
  if (!runs_) return;
  world_.Say(worker_id_, ": is killed", silently ? " with its machine" : "");
  End(silently);
}

void SimulatedWorker::Stop() {
  if (!runs_ || stopping_) return;
  world_.Say(worker_id_, ": is stopped");
  stopping_ = true;
  give_up_at_ = world_.now() + kFarewell;
  answers_until_ = world_.now() + kLastAnswers;
  for (Job& job : jobs_) {
    GiveBackNext(job);
    Cancel(job);
  }
  Later(kLastAnswers, [this] { EndIfFinished(); });
  Later(kFarewell, [this] { EndIfFinished(); });
}

void SimulatedWorker::Drain() {
  if (!runs_ || stopping_ || draining_) return;
  world_.Say(worker_id_, ": is drained");
  draining_ = true;
  give_up_at_ = absl::InfiniteDuration();
  answers_until_ = world_.now() + kLastAnswers;
  WorkerMessage message;
  message.mutable_draining();
  Send(message);
  for (Job& job : jobs_) GiveBackNext(job);
  Later(kLastAnswers, [this] { EndIfFinished(); });
}

void SimulatedWorker::EndIfFinished() {
  if (!runs_ || (!stopping_ && !draining_)) return;
  for (const Job& job : jobs_) {
    if (job.lease.has_value()) return;
    if (!job.request_id.empty() && stream_.has_value() && world_.now() < answers_until_) return;
  }
  if (!unacknowledged_.empty() && world_.now() < give_up_at_) return;
  world_.Say(worker_id_, ": ends");
  End(/*silently=*/false);
}

void SimulatedWorker::Freeze(absl::Duration time) {
  if (!runs_) return;
  world_.Say(worker_id_, ": is frozen for ", absl::FormatDuration(time));
  frozen_until_ = std::max(frozen_until_, world_.now() + time);
  world_.events().At(frozen_until_, [this, life = life_] {
    if (life == life_) Thaw();
  });
}

void SimulatedWorker::Thaw() {
  if (world_.now() < frozen_until_) return;  // frozen again
  while (!backlog_.empty()) {
    const std::function<void()> event = std::move(backlog_.front());
    backlog_.pop_front();
    event();
  }
}

bool SimulatedWorker::IsQuiet() const {
  if (!runs_ || !welcomed_ || !unacknowledged_.empty() || !spooled_.empty()) return false;
  return std::none_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.lease.has_value(); });
}

bool SimulatedWorker::IsHeard(absl::string_view token, absl::Duration since) const {
  if (!runs_ || !welcomed_ || welcomed_at_ > since || frozen_until_ > since) return false;
  const std::vector<Lease> leases = Held();
  const bool held =
      std::any_of(leases.begin(), leases.end(), [&](const Lease& lease) { return lease.token() == token; });
  const bool ended = std::any_of(unacknowledged_.begin(), unacknowledged_.end(),
                                 [&](const TrialEnd& end) { return end.lease().token() == token; });
  const bool fast = plan_.link.delay + 12 * plan_.link.jitter < scenario_.lease / 3;
  return fast && (ended || held) && stream_.has_value() && network_.IsSound(*stream_, since);
}

void SimulatedWorker::Dial() { network_.Dial(index_, this, ++dial_); }

void SimulatedWorker::Dialled(int64_t dial, absl::StatusOr<ConnectionId> stream) {
  if (dial != dial_ || !runs_) {
    if (stream.ok()) network_.CloseByWorker(*stream, /*silently=*/false);
    return;
  }
  Later(absl::ZeroDuration(), [this, stream = std::move(stream)] {
    if (!stream.ok()) {
      Later(pause_, [this] { Dial(); });
      pause_ = std::min(2 * pause_, kLongestPause);
      return;
    }
    stream_ = *stream;
    SayHello();
  });
}

void SimulatedWorker::SayHello() {
  WorkerMessage message;
  Hello& hello = *message.mutable_hello();
  hello.set_worker_id(worker_id_);
  hello.set_name(absl::StrCat("worker-", index_));
  hello.set_slots(plan_.slots);
  hello.set_threads(1);
  hello.set_draining(draining_);
  if (plan_.labelled) hello.add_label("gpu");
  for (const Lease& lease : Held()) *hello.add_held() = lease;
  Send(message);
}

void SimulatedWorker::SendAgain() {
  for (const TrialEnd& end : unacknowledged_) SendEnd(end);
  for (const Job& job : jobs_) {
    for (const StepReport& report : job.unanswered) SendReport(report);
    if (job.request_id.empty() || draining_) continue;
    WorkerMessage request;
    request.mutable_request()->set_request_id(job.request_id);
    Send(request);
  }
}

void SimulatedWorker::StreamEnded(ConnectionId stream, const absl::Status& reason) {
  Later(absl::ZeroDuration(), [this, stream, reason] {
    if (stream_ == stream) Lost(reason);
  });
}

void SimulatedWorker::Lost(const absl::Status& reason) {
  world_.Say(worker_id_, ": stream ", *stream_, " has ended: ", reason.ToString());
  stream_.reset();
  ++heartbeat_round_;
  for (size_t i = 0; i < jobs_.size(); ++i) {
    // Nobody can answer: the trial goes on.
    if (jobs_[i].lease.has_value() && std::exchange(jobs_[i].training.awaited, std::nullopt).has_value()) GoOn(i);
  }
  if (!absl::IsUnavailable(reason)) {
    world_.Broken("a worker that keeps to the protocol is not sent away for good", reason.ToString());
  }
  if (welcomed_) pause_ = kFirstPause;
  welcomed_ = false;
  Later(pause_, [this] { Dial(); });
  pause_ = std::min(2 * pause_, kLongestPause);
  EndIfFinished();
}

void SimulatedWorker::Received(ConnectionId stream, const CoordinatorMessage& message) {
  Later(absl::ZeroDuration(), [this, stream, message] {
    if (stream_ == stream) OnMessage(message);
  });
}

void SimulatedWorker::OnMessage(const CoordinatorMessage& message) {
  switch (message.kind_case()) {
    case CoordinatorMessage::kWelcome:
      return OnWelcome(message.welcome());
    case CoordinatorMessage::kAssignment:
      return OnAssignment(message.assignment());
    case CoordinatorMessage::kVerdict:
      return OnVerdict(message.verdict());
    case CoordinatorMessage::kEndAck:
      return OnEndAck(message.end_ack());
    case CoordinatorMessage::kDrop:
      return OnDrop(message.drop());
    case CoordinatorMessage::kDrain:
      return Drain();
    default:
      return;
  }
}

void SimulatedWorker::OnWelcome(const Welcome& welcome) {
  welcomed_ = true;
  welcomed_at_ = world_.now();
  heartbeat_period_ = absl::Seconds(std::max(welcome.lease_seconds(), 0.1) / 3) / plan_.clock_rate;
  Later(heartbeat_period_, [this, round = ++heartbeat_round_] { Heartbeat(round); });
  for (TrialEnd& end : std::exchange(spooled_, {})) {
    world_.Count("result delivered by the worker's next process");
    referee_.Reported(end);
    unacknowledged_.push_back(std::move(end));
  }
  SendAgain();
  for (Job& job : jobs_) AskForTrial(job);
}

void SimulatedWorker::Heartbeat(int64_t round) {
  if (round != heartbeat_round_) return;
  Later(heartbeat_period_, [this, round] { Heartbeat(round); });
  WorkerMessage message;
  for (const Lease& lease : Held()) *message.mutable_heartbeat()->add_lease() = lease;
  if (message.has_heartbeat()) Send(message);
}

void SimulatedWorker::OnAssignment(const Assignment& assignment) {
  for (Job& job : jobs_) {
    if (job.request_id.empty() || job.request_id != assignment.request_id()) continue;
    job.request_id.clear();
    if (stopping_ || draining_) break;
    return Wait(job, assignment);
  }
  const std::string& token = assignment.lease().token();
  if (JobOf(token) == nullptr && JobBefore(token) == nullptr) GiveBack(assignment.lease());
}

void SimulatedWorker::OnVerdict(const Verdict& verdict) {
  Job* const job = JobOf(verdict.lease().token());
  if (job == nullptr) return;
  std::erase_if(job->unanswered, [&](const StepReport& report) { return report.step() == verdict.step(); });
  if (verdict.stop()) job->unwanted = true;
  Answered(*job, verdict);
}

void SimulatedWorker::OnEndAck(const EndAck& ack) {
  std::erase_if(unacknowledged_, [&](const TrialEnd& end) { return end.lease().token() == ack.lease().token(); });
  EndIfFinished();
}

void SimulatedWorker::OnDrop(const Drop& drop) {
  if (Job* const job = JobOf(drop.lease().token()); job != nullptr) {
    job->unwanted = true;
    Cancel(*job);
  }
  if (Job* const job = JobBefore(drop.lease().token()); job != nullptr) job->next.Take();
  for (Job& job : jobs_) {
    if (drop.request_id().empty() || job.request_id != drop.request_id()) continue;
    job.request_id.clear();
    AskForTrial(job);
  }
}

const SimulatedWorker::Job* SimulatedWorker::JobOf(absl::string_view token) const {
  for (const Job& job : jobs_) {
    if (job.lease.has_value() && job.lease->token() == token) return &job;
  }
  return nullptr;
}

void SimulatedWorker::AskForTrial(Job& job) {
  if (!job.lease.has_value()) Ask(job);
}

void SimulatedWorker::Ask(Job& job) {
  if (stopping_ || draining_ || !job.request_id.empty() || job.next.lease() != nullptr) return;
  job.request_id = absl::StrCat(worker_id_, "/", ++requests_made_);
  WorkerMessage message;
  message.mutable_request()->set_request_id(job.request_id);
  Send(message);
}

void SimulatedWorker::Deliver(TrialEnd end) {
  referee_.Reported(end);
  if (welcomed_) SendEnd(end);
  unacknowledged_.push_back(std::move(end));
}

void SimulatedWorker::SendEnd(const TrialEnd& end) {
  WorkerMessage message;
  *message.mutable_end() = end;
  Send(message);
}

void SimulatedWorker::SendReport(const StepReport& report) {
  WorkerMessage message;
  *message.mutable_report() = report;
  Send(message);
}

void SimulatedWorker::Send(const WorkerMessage& message) {
  if (stream_.has_value()) network_.SendUp(*stream_, message);
}

}  // namespace parzen
