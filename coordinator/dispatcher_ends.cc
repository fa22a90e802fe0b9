// How attempts end: with a result, a failure, a pruner's word, or lost.
#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/described_end.h"
#include "coordinator/dispatcher.h"
#include "coordinator/message_bounds.h"
#include "coordinator/metric_artifacts.h"
#include "google/protobuf/stubs/common.h"
#include "studies/distribution.h"
#include "studies/metrics.h"
#include "studies/store/stored_constraints.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

// A trial that killed slots of so many workers is not tried again.
constexpr int64_t kMostCrashedWorkers = 2;

constexpr size_t kMaxTailBytes = 4096;  // as workers keep

// The end of the text, without half a UTF-8 character at its beginning.
std::string LastBytes(const std::string& text, size_t most) {
  size_t begin = text.size() - most;
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
  return text.substr(begin);
}

// Names become keys in the database, which has bounds and wants UTF-8.
absl::Status CheckMetricNames(const TrialResult& result) {
  constexpr int kMaxMetrics = 1000;
  if (result.metric_size() > kMaxMetrics) {
    return absl::InvalidArgumentError(
        absl::StrCat("the trial reported ", result.metric_size(), " metrics; at most ", kMaxMetrics, " are kept"));
  }
  for (const MetricValue& metric : result.metric()) {
    const std::string& name = metric.name();
    const bool is_text =
        google::protobuf::internal::IsStructurallyValidUTF8(name.data(), static_cast<int>(name.size())) &&
        name.find('\0') == std::string::npos;
    if (name.empty() || name.size() > kMaxNameBytes || !is_text) {
      return absl::InvalidArgumentError("the trial reported a metric whose name is not 1 to 512 bytes of text");
    }
  }
  return absl::OkStatus();
}

// "a, b and 3 more": the first ones, as there may be a thousand.
std::string NamesOfMetrics(const TrialResult& result) {
  constexpr size_t kShown = 40;
  const std::vector<std::pair<std::string, double>> metrics = FlattenMetrics(result);
  std::string names;
  for (size_t i = 0; i < std::min(kShown, metrics.size()); ++i) {
    absl::StrAppend(&names, i == 0 ? "" : ", ", metrics[i].first);
  }
  if (metrics.size() > kShown) absl::StrAppend(&names, " and ", metrics.size() - kShown, " more");
  return names.empty() ? "nothing" : names;
}

// A metric that a trial cannot be complete without; the error says what is wrong with it.
absl::StatusOr<double> Measured(const TrialResult& result, const std::string& metric) {
  const std::optional<double> value = FindMetric(result, metric);
  if (!value.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("the worker did not measure ", metric, "; it measured ", NamesOfMetrics(result)));
  }
  if (std::isnan(*value)) return absl::InvalidArgumentError(absl::StrCat(metric, " is NaN"));
  return *value;
}

}  // namespace

absl::Status Dispatcher::HandleEnd(ConnectionId connection, const TrialEnd& end, Now now) {
  if (const std::string& tail = end.usage().stderr_tail(); tail.size() > kMaxTailBytes) {
    TrialEnd cut = end;
    cut.mutable_usage()->set_stderr_tail(LastBytes(tail, kMaxTailBytes));
    return HandleEnd(connection, cut, now);
  }
  bool counted = true;
  if (const ActiveLease* lease = leases_.Find(end.lease().token()); lease != nullptr) {
    RETURN_IF_ERROR(TakeSteps(ActiveLease(*lease), end, now));
  }
  if (const ActiveLease* lease = leases_.Find(end.lease().token()); lease != nullptr) {
    const ActiveLease ended = *lease;
    leases_.Remove(ended.token);
    RETURN_IF_ERROR(CountEnd(ended, end, now));
  } else {
    ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt, store_.FindAttemptByToken(end.lease().token()));
    if (attempt.has_value()) {
      ASSIGN_OR_RETURN(counted, WasCounted(*attempt, end, now));
    } else {
      counted = false;
    }
  }
  EndAck& ack = *Send(connection).mutable_end_ack();
  *ack.mutable_lease() = end.lease();
  ack.set_counted(counted);
  return absl::OkStatus();
}

absl::Status Dispatcher::TakeSteps(const ActiveLease& lease, const TrialEnd& end, Now now) {
  RunningStudy& study = *studies_.at(lease.study_id);
  for (const StepValue& step : end.step()) {
    // No worker of ours says such a thing; the end is what counts.
    const auto steps = static_cast<int64_t>(study.steps(lease.trial_number));
    if (step.step() < 0 || step.step() > kMaxStep || steps >= kMaxSteps) continue;
    RETURN_IF_ERROR(store_.SetIntermediateValue(lease.trial_id, step.step(), step.value()));
    study.Reported(lease.trial_number, step.step(), step.value());
    if (!study.spec().search().deterministic()) continue;
    const PrunerDecision decision = study.Judge(lease.trial_number, step.step());
    if (decision.stop) return PruneTrial(lease, step.value(), decision.reason, now);
  }
  return absl::OkStatus();
}

// A repeat of an end that was counted is answered as the first one was; any other end is kept as an event, the first of
// its attempt.
absl::StatusOr<bool> Dispatcher::WasCounted(const StoredAttempt& attempt, const TrialEnd& end, Now now) {
  if (attempt.ended_by_worker) return true;
  constexpr char kKind[] = "stale_end";
  const std::string begins = absl::StrCat("attempt ", attempt.attempt, " reported its end after ");
  ASSIGN_OR_RETURN(const bool repeated, store_.HasEvent(attempt.study_id, attempt.trial_id, kKind, begins));
  if (repeated) return false;
  const auto study = studies_.find(attempt.study_id);
  // The trial may have ended since, or gone on. Where its study cannot be read, the attempt has to tell.
  const TrialState likely = attempt.state == ENDED ? COMPLETE : WAITING;
  const TrialState state = study == studies_.end() ? likely : study->second->state(attempt.trial_number);
  const std::string name = study == studies_.end() ? "" : study->second->stored().name;
  Log(spdlog::level::warn,
      "study \"{study}\": trial {trial}: attempt {attempt} reported its end too late; it is kept as "
      "an event",
      {{"study", name},
       {"trial", attempt.trial_number},
       {"attempt", attempt.attempt},
       {"worker", NameOf(attempt.worker_id)}});
  Count(attempt.study_id, AttemptEvent::kStale);
  const char* const after = state == PRUNED             ? "it was pruned: "
                            : attempt.state == ENDED    ? "it was ended: "
                            : attempt.state == RELEASED ? "it was given back: "
                                                        : "its lease was lost: ";
  const char* const why = IsFinal(state) ? "the trial was over" : "the trial had gone back to the queue";
  // Its worker may be gone, and another one deliver what was spooled.
  ASSIGN_OR_RETURN(const std::string worker, store_.WorkerName(attempt.worker_id));
  const std::string detail =
      absl::StrCat(begins, after, worker, " said ", DescribeEnd(end), ". It did not count: ", why);
  RETURN_IF_ERROR(store_.AppendEvent(attempt.study_id, attempt.trial_id, kKind, detail, now.wall));
  return false;
}

absl::Status Dispatcher::CountEnd(const ActiveLease& lease, const TrialEnd& end, Now now) {
  switch (end.outcome_case()) {
    case TrialEnd::kResult:
      return CompleteTrial(lease, end, now);
    case TrialEnd::kFailure:
      return FailTrial(lease, end.failure(), now, &end.usage());
    case TrialEnd::kReleased: {
      Count(lease.study_id, AttemptEvent::kReleased);
      const std::string why = end.release_reason().substr(0, kMaxReasonBytes);
      return RequeueTrial(lease, RELEASED, why.empty() ? "its worker was stopped" : why, now, &end.usage());
    }
    case TrialEnd::kCrash:
      return CrashTrial(lease, end, now);
    case TrialEnd::kPaused:
      return PauseTrial(lease, end, now);
    case TrialEnd::OUTCOME_NOT_SET:
      break;
  }
  return FailTrial(lease, "the worker reported an end without an outcome", now, &end.usage());
}

absl::Status Dispatcher::CompleteTrial(const ActiveLease& lease, const TrialEnd& end, Now now) {
  RunningStudy& study = *studies_.at(lease.study_id);
  const TrialResult& result = end.result();
  const auto fail = [&](const absl::Status& why) { return FailTrial(lease, why.message(), now, &end.usage()); };
  if (const absl::Status names = CheckMetricNames(result); !names.ok()) return fail(names);
  std::vector<double> values;
  for (int i = 0; i < study.spec().objective_size(); ++i) {
    const absl::StatusOr<double> value = Measured(result, MetricOf(study.spec(), i));
    if (!value.ok()) return fail(value.status());
    values.push_back(*value);
  }
  std::vector<double> distances;  // one a constraint
  for (const ConstraintSpec& constraint : study.spec().constraint()) {
    const absl::StatusOr<double> value = Measured(result, constraint.metric());
    if (!value.ok()) return fail(value.status());
    distances.push_back(constraint.has_at_most() ? *value - constraint.at_most() : constraint.at_least() - *value);
  }
  RETURN_IF_ERROR(KeepMetrics(lease.trial_id, result));
  double violation = 0;
  for (size_t i = 0; i < distances.size(); ++i) {
    const std::string& metric = study.spec().constraint(static_cast<int>(i)).metric();
    RETURN_IF_ERROR(store_.SetTrialSystemAttribute(lease.trial_id, ConstraintKey(metric), JsonNumber(distances[i])));
    violation += ViolationOf(distances[i]);
  }
  RETURN_IF_ERROR(store_.EndAttempt(lease.token, ENDED, "", now.wall, &end.usage()));
  RETURN_IF_ERROR(store_.MoveTrial(lease.trial_id, COMPLETE, values, now.wall));
  study.Moved(lease.trial_number, COMPLETE, std::move(values), violation);
  return absl::OkStatus();
}

absl::Status Dispatcher::KeepMetrics(int64_t trial_id, const TrialResult& result) {
  for (const auto& [name, value] : FlattenMetrics(result)) {
    RETURN_IF_ERROR(store_.SetTrialUserAttribute(trial_id, name, JsonNumber(value)));
  }
  for (const MetricArtifact& artifact : ArtifactsOf(result.train())) {
    RETURN_IF_ERROR(store_.PutArtifact(trial_id, artifact.name, artifact.media_type, artifact.bytes));
  }
  return absl::OkStatus();
}

absl::Status Dispatcher::PruneTrial(const ActiveLease& lease, double value, absl::string_view reason, Now now) {
  leases_.Remove(lease.token);
  RETURN_IF_ERROR(store_.EndAttempt(lease.token, ENDED, reason, now.wall));
  return MoveToPruned(*studies_.at(lease.study_id), lease.trial_number, value, reason, now);
}

absl::Status Dispatcher::MoveToPruned(RunningStudy& study, int64_t number, double value, absl::string_view reason,
                                      Now now) {
  const int64_t trial_id = study.trial_id(number);
  RETURN_IF_ERROR(store_.SetTrialSystemAttribute(trial_id, "parzen:pruned", JsonString(reason)));
  // As Optuna does: the last intermediate value stands in for the trial's, unless it is NaN, which none may be.
  const std::vector<double> values = std::isnan(value) ? std::vector<double>() : std::vector<double>{value};
  RETURN_IF_ERROR(store_.MoveTrial(trial_id, PRUNED, values, now.wall));
  study.Moved(number, PRUNED);
  return absl::OkStatus();
}

absl::Status Dispatcher::PauseTrial(const ActiveLease& lease, const TrialEnd& end, Now now) {
  RunningStudy& study = *studies_.at(lease.study_id);
  const int64_t number = lease.trial_number, step = end.paused().step();
  if (!study.ValueAt(number, step).has_value() || !study.spec().search().pruner().successive_halving().promote()) {
    return RequeueTrial(lease, RELEASED, absl::StrCat("it paused at step ", step, ", as nobody had asked"), now,
                        &end.usage());
  }
  // What others have done since the verdict may have changed it: then the trial goes on, or ends, soon.
  const PrunerDecision decision = study.Judge(number, step);
  const std::string reason =
      absl::StrCat("paused at step ", step, decision.reason.empty() ? "" : ": ", decision.reason);
  RETURN_IF_ERROR(store_.EndAttempt(lease.token, RELEASED, reason, now.wall, &end.usage()));
  RETURN_IF_ERROR(store_.PauseTrial(lease.trial_id, end.paused()));
  Count(lease.study_id, AttemptEvent::kReleased);
  study.Paused(number, step);
  return absl::OkStatus();
}

absl::Status Dispatcher::EndHopelessTrials(Now now) {
  for (const auto& [id, study] : studies_) {
    if (!study->has_paused() || study->stored().stopped) continue;
    while (const std::optional<RunningStudy::Hopeless> hopeless = study->NextHopeless()) {
      const double value = study->ValueAt(hopeless->number, hopeless->step).value_or(std::nan(""));
      RETURN_IF_ERROR(MoveToPruned(*study, hopeless->number, value, hopeless->reason, now));
    }
  }
  return absl::OkStatus();
}

absl::Status Dispatcher::FailTrial(const ActiveLease& lease, absl::string_view reason, Now now,
                                   const AttemptUsage* reported) {
  RunningStudy& study = *studies_.at(lease.study_id);
  reason = reason.substr(0, kMaxReasonBytes);
  const int32_t retries = study.spec().search().retries();
  const int32_t failed = study.failed_attempts(lease.trial_number);
  if (failed >= retries) return EndAsFailed(lease, ENDED, reason, now, reported);
  study.Failed(lease.trial_number);
  const std::string again = absl::StrCat(reason, "; it is tried again (retry ", failed + 1, " of ", retries, ")");
  return RequeueTrial(lease, ENDED, again, now, reported);
}

absl::Status Dispatcher::EndAsFailed(const ActiveLease& lease, AttemptState ended_as, absl::string_view reason, Now now,
                                     const AttemptUsage* reported) {
  RETURN_IF_ERROR(store_.EndAttempt(lease.token, ended_as, reason, now.wall, reported));
  RETURN_IF_ERROR(store_.MoveTrial(lease.trial_id, FAIL, {}, now.wall));
  studies_.at(lease.study_id)->Moved(lease.trial_number, FAIL);
  return absl::OkStatus();
}

absl::Status Dispatcher::RequeueTrial(const ActiveLease& lease, AttemptState ended_as, absl::string_view reason,
                                      Now now, const AttemptUsage* reported) {
  RETURN_IF_ERROR(store_.EndAttempt(lease.token, ended_as, reason, now.wall, reported));
  RETURN_IF_ERROR(store_.MoveTrial(lease.trial_id, WAITING, {}, now.wall));
  studies_.at(lease.study_id)->Moved(lease.trial_number, WAITING);
  return absl::OkStatus();
}

absl::Status Dispatcher::LoseLease(const ActiveLease& lease, absl::string_view reason, Now now) {
  leases_.Remove(lease.token);
  if (lease.waits) {
    Count(lease.study_id, AttemptEvent::kReleased);
    return RequeueTrial(lease, RELEASED, absl::StrCat("it had not begun: ", reason), now);
  }
  RunningStudy& study = *studies_.at(lease.study_id);
  study.Lost(lease.trial_number);
  const int32_t lost = study.lost_attempts(lease.trial_number);
  Log(spdlog::level::warn, "study \"{study}\": trial {trial} lost its attempt {attempt}: {reason}",
      {{"study", study.spec().name()},
       {"trial", lease.trial_number},
       {"attempt", lease.attempt},
       {"reason", reason},
       {"worker", NameOf(lease.worker_id)}});
  Count(lease.study_id, AttemptEvent::kLost);
  if (lost < study.spec().search().max_attempts()) return RequeueTrial(lease, LOST, reason, now);
  return EndAsFailed(lease, LOST, absl::StrCat(reason, "; no attempt is left after ", lost, " lost ones"), now);
}

// A slot that died may be the machine's fault or the trial's: another worker will tell.
absl::Status Dispatcher::CrashTrial(const ActiveLease& lease, const TrialEnd& end, Now now) {
  RunningStudy& study = *studies_.at(lease.study_id);
  study.Lost(lease.trial_number);
  const int32_t lost = study.lost_attempts(lease.trial_number);
  const std::string reason = end.crash().substr(0, kMaxReasonBytes);
  Log(spdlog::level::warn, "study \"{study}\": trial {trial} killed a slot in its attempt {attempt}: {reason}",
      {{"study", study.spec().name()},
       {"trial", lease.trial_number},
       {"attempt", lease.attempt},
       {"reason", reason},
       {"worker", NameOf(lease.worker_id)}});
  Count(lease.study_id, AttemptEvent::kCrashed);
  RETURN_IF_ERROR(store_.EndAttempt(lease.token, CRASHED, reason, now.wall, &end.usage()));
  ASSIGN_OR_RETURN(const int64_t workers, store_.CountWorkersCrashed(lease.trial_id));
  std::string quarantine;
  if (workers >= kMostCrashedWorkers) quarantine = absl::StrCat("it killed slots of ", workers, " workers");
  if (quarantine.empty() && lost >= study.spec().search().max_attempts()) {
    quarantine = absl::StrCat("no attempt is left after ", lost, " that were lost or crashed");
  }
  if (quarantine.empty()) {
    crashed_on_[lease.trial_id] = {lease.worker_id, lease.study_id, lease.trial_number};
  } else {
    Log(spdlog::level::warn, "study \"{study}\": trial {trial} fails: {reason}",
        {{"study", study.spec().name()}, {"trial", lease.trial_number}, {"reason", quarantine}});
    RETURN_IF_ERROR(store_.AppendEvent(lease.study_id, lease.trial_id, "quarantined", quarantine, now.wall));
  }
  const TrialState next = quarantine.empty() ? WAITING : FAIL;
  RETURN_IF_ERROR(store_.MoveTrial(lease.trial_id, next, {}, now.wall));
  study.Moved(lease.trial_number, next);
  return absl::OkStatus();
}

}  // namespace parzen
