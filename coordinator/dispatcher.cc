#include "coordinator/dispatcher.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

// Bounds on what a worker may say.
constexpr int kMaxSlots = 4096;
constexpr size_t kMaxNameBytes = 512;
constexpr int64_t kMaxStep = int64_t{1} << 40;
constexpr size_t kMaxSteps = 1'000'000;  // of one trial

absl::Status CheckHello(const Hello& hello) {
  if (hello.worker_id().empty() || hello.worker_id().size() > kMaxNameBytes || hello.name().size() > kMaxNameBytes ||
      hello.host().size() > kMaxNameBytes) {
    return absl::InvalidArgumentError("Hello needs a worker_id; no name may be longer than 512 bytes");
  }
  if (hello.slots() < 1 || hello.slots() > kMaxSlots) {
    return absl::InvalidArgumentError(absl::StrCat("a worker has 1 to ", kMaxSlots, " slots, not ", hello.slots()));
  }
  if (hello.held_size() > 2 * hello.slots()) {
    return absl::InvalidArgumentError("Hello names more leases than the worker has room for");
  }
  return absl::OkStatus();
}

}  // namespace

Dispatcher::Dispatcher(Store& store, absl::Duration lease_period, std::function<std::string()> make_token,
                       std::string only_study)
    : store_(store), make_token_(std::move(make_token)), only_study_(std::move(only_study)), leases_(lease_period) {}

absl::Status Dispatcher::Start(Now now) {
  RETURN_IF_ERROR(Reload(now));
  ASSIGN_OR_RETURN(const std::vector<StoredAttempt> attempts, store_.LoadOpenAttempts());
  for (const StoredAttempt& attempt : attempts) {
    const ActiveLease* lease = attempt.embedded ? leases_.Find(attempt.token) : nullptr;
    if (lease != nullptr) RETURN_IF_ERROR(LoseLease(ActiveLease(*lease), "the process that trained it ended", now));
  }
  return absl::OkStatus();
}

absl::Status Dispatcher::Reload(Now now) {
  studies_.clear();
  left_alone_.clear();
  leases_.Clear();
  workers_.clear();
  requests_.clear();
  outbox_.clear();
  ASSIGN_OR_RETURN(seen_version_, store_.DataVersion());
  RETURN_IF_ERROR(store_.DisconnectWorker("", now.wall));
  ASSIGN_OR_RETURN(const std::vector<StoredStudy> studies, store_.LoadStudies());
  for (const StoredStudy& study : studies) LoadStudy(study);
  ASSIGN_OR_RETURN(const std::vector<StoredAttempt> attempts, store_.LoadOpenAttempts());
  for (const auto& [id, study] : studies_) RETURN_IF_ERROR(MatchLeases(*study, attempts, now));
  return absl::OkStatus();
}

absl::Status Dispatcher::Handle(ConnectionId connection, const WorkerMessage& message, Now now, absl::Status& refusal) {
  if (message.kind_case() == WorkerMessage::kHello) return HandleHello(connection, message.hello(), now, refusal);
  if (!workers_.contains(connection)) {
    refusal = absl::InvalidArgumentError("the first message of a stream must be Hello");
    return absl::OkStatus();
  }
  switch (message.kind_case()) {
    case WorkerMessage::kRequest:
      return HandleRequest(connection, message.request(), now, refusal);
    case WorkerMessage::kReport:
      return HandleReport(connection, message.report(), now, refusal);
    case WorkerMessage::kEnd:
      return HandleEnd(connection, message.end(), now);
    case WorkerMessage::kHeartbeat:
      for (const Lease& lease : message.heartbeat().lease()) RenewOrDrop(connection, lease, now);
      return absl::OkStatus();
    default:
      refusal = absl::InvalidArgumentError("a message of no kind this coordinator knows; is the worker newer?");
      return absl::OkStatus();
  }
}

absl::Status Dispatcher::HandleHello(ConnectionId connection, const Hello& hello, Now now, absl::Status& refusal) {
  refusal = CheckHello(hello);
  if (!refusal.ok()) return absl::OkStatus();
  // The worker came back on a new stream before the old one was seen to break: the new one speaks for it.
  std::vector<ConnectionId> replaced;
  for (const auto& [other, worker] : workers_) {
    if (worker.worker.worker_id == hello.worker_id()) replaced.push_back(other);
  }
  for (const ConnectionId other : replaced) {
    workers_.erase(other);
    std::erase_if(requests_, [&](const WaitingRequest& request) { return request.connection == other; });
  }
  StoredWorker worker{hello.worker_id(), hello.name(),    hello.host(),    hello.pid(),
                      hello.slots(),     hello.threads(), hello.embedded()};
  RETURN_IF_ERROR(store_.PutWorker(worker, now.wall));
  if (!worker.embedded) spdlog::info("worker {} connected ({} slots)", worker.name, worker.slots);
  workers_[connection] = {std::move(worker), hello.allow_commands()};
  Send(connection).mutable_welcome()->set_lease_seconds(absl::ToDoubleSeconds(leases_.period()));
  for (const Lease& lease : hello.held()) RenewOrDrop(connection, lease, now);
  return absl::OkStatus();
}

absl::Status Dispatcher::HandleRequest(ConnectionId connection, const TrialRequest& request, Now now,
                                       absl::Status& refusal) {
  if (request.request_id().empty() || request.request_id().size() > kMaxNameBytes) {
    refusal = absl::InvalidArgumentError("a request_id has 1 to 512 bytes");
    return absl::OkStatus();
  }
  int open = 0;
  for (const WaitingRequest& waiting : requests_) {
    if (waiting.request_id == request.request_id()) {
      if (waiting.connection != connection) refusal = absl::InvalidArgumentError("another worker uses this request_id");
      return absl::OkStatus();
    }
    open += waiting.connection == connection;
  }
  if (open >= workers_[connection].worker.slots) {
    refusal = absl::InvalidArgumentError("more open requests than the worker has slots");
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::optional<StoredAttempt> given, store_.FindAttemptByRequest(request.request_id()));
  if (!given.has_value()) {
    requests_.push_back({connection, request.request_id()});
    return absl::OkStatus();
  }
  // The answer was lost on its way: give the same one again, if it still holds.
  const ActiveLease* lease = leases_.Find(given->token);
  if (lease == nullptr) {
    Drop& drop = *Send(connection).mutable_drop();
    drop.set_request_id(request.request_id());
    drop.set_reason("the trial this request was given was lost meanwhile; ask again under a new request_id");
    return absl::OkStatus();
  }
  leases_.Renew(given->token, now.steady);
  return SendAssignment(connection, request.request_id(), *lease);
}

absl::Status Dispatcher::HandleReport(ConnectionId connection, const StepReport& report, Now now,
                                      absl::Status& refusal) {
  if (report.step() < 0 || report.step() > kMaxStep) {
    refusal = absl::InvalidArgumentError(absl::StrCat("step ", report.step(), " is not in 0 to ", kMaxStep));
    return absl::OkStatus();
  }
  const ActiveLease* lease = leases_.Find(report.lease().token());
  if (lease == nullptr) {
    SendDrop(connection, report.lease(), "the lease is no longer current");
    return absl::OkStatus();
  }
  leases_.Renew(lease->token, now.steady);
  if (studies_.at(lease->study_id)->steps(lease->trial_number) >= kMaxSteps) {
    SendDrop(connection, report.lease(), "the trial reports too many steps");
    const ActiveLease ended = *lease;
    leases_.Remove(ended.token);
    return FailTrial(ended, absl::StrCat("it reported more than ", kMaxSteps, " steps"), now);
  }
  RETURN_IF_ERROR(store_.SetIntermediateValue(lease->trial_id, report.step(), report.value()));
  RunningStudy& study = *studies_.at(lease->study_id);
  study.Reported(lease->trial_number, report.step(), report.value());
  const PrunerDecision decision = study.Judge(lease->trial_number, report.step());
  if (decision.stop) RETURN_IF_ERROR(PruneTrial(ActiveLease(*lease), report.value(), decision.reason, now));
  Verdict& verdict = *Send(connection).mutable_verdict();
  *verdict.mutable_lease() = report.lease();
  verdict.set_step(report.step());
  verdict.set_stop(decision.stop);
  return absl::OkStatus();
}

absl::Status Dispatcher::Disconnected(ConnectionId connection, Now now) {
  const auto it = workers_.find(connection);
  if (it == workers_.end()) return absl::OkStatus();
  const StoredWorker& worker = it->second.worker;
  leases_.Shorten(worker.worker_id, now.steady);
  RETURN_IF_ERROR(store_.DisconnectWorker(worker.worker_id, now.wall));
  if (!worker.embedded) spdlog::info("worker {} disconnected", worker.name);
  workers_.erase(it);
  std::erase_if(requests_, [&](const WaitingRequest& request) { return request.connection == connection; });
  return absl::OkStatus();
}

absl::Status Dispatcher::ExpireLeases(Now now) {
  for (const ActiveLease& lease : leases_.TakeExpired(now.steady)) {
    RETURN_IF_ERROR(LoseLease(lease, absl::StrCat("no sign of life from its worker until the lease ran out"), now));
  }
  return absl::OkStatus();
}

absl::Status Dispatcher::SendAssignment(ConnectionId connection, absl::string_view request_id,
                                        const ActiveLease& lease) {
  const RunningStudy& study = *studies_.at(lease.study_id);
  ASSIGN_OR_RETURN(TrialTask task, study.MakeTask(lease.trial_number));
  Assignment& assignment = *Send(connection).mutable_assignment();
  assignment.set_request_id(std::string(request_id));
  assignment.mutable_lease()->set_trial_id(lease.trial_id);
  assignment.mutable_lease()->set_attempt(lease.attempt);
  assignment.mutable_lease()->set_token(lease.token);
  *assignment.mutable_task() = std::move(task);
  assignment.set_study(study.spec().name());
  return absl::OkStatus();
}

void Dispatcher::RenewOrDrop(ConnectionId connection, const Lease& lease, Now now) {
  if (!leases_.Renew(lease.token(), now.steady)) SendDrop(connection, lease, "the lease is no longer current");
}

void Dispatcher::SendDrop(ConnectionId connection, const Lease& lease, absl::string_view reason) {
  Drop& drop = *Send(connection).mutable_drop();
  *drop.mutable_lease() = lease;
  drop.set_reason(std::string(reason));
}

CoordinatorMessage& Dispatcher::Send(ConnectionId connection) {
  outbox_.push_back({connection, {}});
  return outbox_.back().message;
}

const RunningStudy* Dispatcher::FindStudy(absl::string_view name) const {
  for (const auto& [id, study] : studies_) {
    if (study->spec().name() == name) return study.get();
  }
  return nullptr;
}

std::vector<OutgoingMessage> Dispatcher::TakeOutbox() { return std::exchange(outbox_, {}); }

absl::Duration Dispatcher::NextDeadline() const { return leases_.NextDeadline().value_or(absl::InfiniteDuration()); }

}  // namespace parzen
