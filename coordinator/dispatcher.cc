#include "coordinator/dispatcher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/message_bounds.h"

namespace parzen {

Dispatcher::Dispatcher(Store& store, absl::Duration lease_period, std::function<std::string()> make_token,
                       std::string only_study, CoordinatorProcess process)
    : store_(store),
      make_token_(std::move(make_token)),
      only_study_(std::move(only_study)),
      process_(std::move(process)),
      leases_(lease_period) {}

absl::Status Dispatcher::Start(Now now) {
  ASSIGN_OR_RETURN(epoch_, store_.BeginEpoch(process_.host, process_.pid, now.wall));
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
  crashed_on_.clear();
  fleet_.Clear();
  outbox_.clear();
  counts_.clear();
  ASSIGN_OR_RETURN(cluster_id_, store_.ClusterId());
  ASSIGN_OR_RETURN(seen_version_, store_.DataVersion());
  RETURN_IF_ERROR(store_.DisconnectWorker("", now.wall));
  ASSIGN_OR_RETURN(const std::vector<StoredStudy> studies, store_.LoadStudies());
  for (const StoredStudy& study : studies) LoadStudy(study);
  ASSIGN_OR_RETURN(const std::vector<StoredAttempt> attempts, store_.LoadOpenAttempts());
  for (const auto& [id, study] : studies_) RETURN_IF_ERROR(MatchLeases(*study, attempts, now));
  return absl::OkStatus();
}

absl::Status Dispatcher::Handle(ConnectionId connection, const WorkerMessage& message, Now now, absl::Status& refusal) {
  const bool says_hello = message.kind_case() == WorkerMessage::kHello;
  const ConnectedWorker* const known = fleet_.Find(connection);
  if (!says_hello && known == nullptr) {
    refusal = absl::InvalidArgumentError("the first message of a stream must be Hello");
    return absl::OkStatus();
  }
  refusal = CheckLeases(message, says_hello ? message.hello().slots() : known->worker.slots);
  if (!refusal.ok()) return absl::OkStatus();
  if (says_hello) return HandleHello(connection, message.hello(), now, refusal);
  switch (message.kind_case()) {
    case WorkerMessage::kRequest:
      return HandleRequest(connection, message.request(), now, refusal);
    case WorkerMessage::kReport:
      return HandleReport(connection, message.report(), now, refusal);
    case WorkerMessage::kEnd:
      return HandleEnd(connection, message.end(), now);
    case WorkerMessage::kDraining:
      return HandleDraining(connection);
    case WorkerMessage::kHeartbeat:
      for (const Lease& lease : message.heartbeat().lease()) RenewOrDrop(connection, lease, now);
      return absl::OkStatus();
    default:
      refusal = absl::InvalidArgumentError("a message of no kind this coordinator knows; is the worker newer?");
      return absl::OkStatus();
  }
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
  if (static_cast<int64_t>(studies_.at(lease->study_id)->steps(lease->trial_number)) >= kMaxSteps) {
    SendDrop(connection, report.lease(), "the trial reports too many steps");
    const ActiveLease ended = *lease;
    leases_.Remove(ended.token);
    return FailTrial(ended, absl::StrCat("it reported more than ", kMaxSteps, " steps"), now, nullptr);
  }
  RETURN_IF_ERROR(store_.SetIntermediateValue(lease->trial_id, report.step(), report.value()));
  RunningStudy& study = *studies_.at(lease->study_id);
  study.Reported(lease->trial_number, report.step(), report.value());
  // An attempt that begins again is not held up at rungs that the trial has left behind.
  const bool is_new = report.step() > study.JudgedStep(lease->trial_number);
  const PrunerDecision decision = is_new ? study.Judge(lease->trial_number, report.step()) : PrunerDecision();
  if (decision.stop) RETURN_IF_ERROR(PruneTrial(ActiveLease(*lease), report.value(), decision.reason, now));
  Verdict& verdict = *Send(connection).mutable_verdict();
  *verdict.mutable_lease() = report.lease();
  verdict.set_step(report.step());
  verdict.set_stop(decision.stop);
  if (decision.pause) verdict.set_pause(true);
  return absl::OkStatus();
}

absl::Status Dispatcher::ExpireLeases(Now now) {
  for (const ActiveLease& lease : leases_.TakeExpired(now.steady)) {
    if (lease.limit > now.steady) {
      RETURN_IF_ERROR(LoseLease(lease, "no sign of life from its worker until the lease ran out", now));
      continue;
    }
    const double seconds = studies_.at(lease.study_id)->spec().search().trial_time_limit_seconds();
    const std::string reason =
        absl::StrCat("it took longer than its limit of ", seconds, " s, and its worker did not end it");
    TakeLease(lease, reason);
    RETURN_IF_ERROR(FailTrial(lease, reason, now, nullptr));
  }
  return StopStudiesOutOfTime(now);
}

absl::Status Dispatcher::StopStudiesOutOfTime(Now now) {
  for (const auto& [id, study] : studies_) {
    if (study->stored().stopped || study->stored().deadline > now.wall) continue;
    spdlog::info("study \"{}\": its time limit of {} s is up; it hands out no more trials", study->stored().name,
                 study->spec().search().time_limit_seconds());
    RETURN_IF_ERROR(store_.SetStopped(id, true));
    study->SetStopped(true);
    RETURN_IF_ERROR(store_.AppendEvent(id, 0, "time_is_up", "its time limit is up", now.wall));
  }
  return absl::OkStatus();
}

absl::Status Dispatcher::SendAssignment(ConnectionId connection, absl::string_view request_id,
                                        const ActiveLease& lease) {
  const RunningStudy& study = *studies_.at(lease.study_id);
  ASSIGN_OR_RETURN(TrialTask task, study.MakeTask(lease.trial_number));
  // Elsewhere the path means nothing: the file is known by its digest.
  if (task.has_train() && !fleet_.Find(connection)->worker.embedded) {
    for (DatasetFile& file : *task.mutable_train()->mutable_files()) file.clear_path();
  }
  if (study.HasProgress(lease.trial_number)) {
    ASSIGN_OR_RETURN(std::optional<TrialProgress> progress, store_.FindProgress(lease.trial_id));
    if (progress.has_value()) *task.mutable_progress() = *std::move(progress);
  }
  Assignment& assignment = *Send(connection).mutable_assignment();
  assignment.set_request_id(std::string(request_id));
  assignment.mutable_lease()->set_trial_id(lease.trial_id);
  assignment.mutable_lease()->set_attempt(lease.attempt);
  assignment.mutable_lease()->set_token(lease.token);
  *assignment.mutable_task() = std::move(task);
  if (study.spec().search().has_trial_time_limit_seconds()) {
    assignment.set_time_limit_seconds(study.spec().search().trial_time_limit_seconds());
  }
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

absl::Duration Dispatcher::NextDeadline(Now now) const {
  absl::Duration next = leases_.NextDeadline().value_or(absl::InfiniteDuration());
  for (const auto& [id, study] : studies_) {
    if (!study->stored().stopped) next = std::min(next, now.steady + (study->stored().deadline - now.wall));
  }
  return next;
}

}  // namespace parzen
