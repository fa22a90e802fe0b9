// Who gets which trial.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/dispatcher.h"
#include "studies/trial_state.h"

namespace parzen {

absl::Status Dispatcher::Assign(Now now) {
  ForgetCrashesOfFinalTrials();
  RETURN_IF_ERROR(TendWaitingLeases(now));
  RETURN_IF_ERROR(EndHopelessTrials(now));
  std::set<std::string> got_nothing;  // kinds: what one worker does not get, no other of its kind gets either
  // Slots that are free come before those that ask ahead, which may have asked long ago.
  for (const bool free_slots : {true, false}) {
    std::vector<std::string> answered;
    for (const auto& [place, request] : fleet_.requests()) {
      if (got_nothing.size() == fleet_.kinds()) break;
      const ConnectedWorker& asks = *fleet_.Find(request.connection);
      if (got_nothing.contains(asks.kind)) continue;
      if (free_slots && leases_.RunningAt(asks.worker.worker_id) >= asks.worker.slots) continue;
      ASSIGN_OR_RETURN(const Given given, AssignOne(request, asks.worker, now));
      if (given == Given::kTrial) answered.push_back(request.request_id);
      if (given == Given::kNothing) got_nothing.insert(asks.kind);
    }
    for (const std::string& request_id : answered) fleet_.RemoveRequest(request_id);
  }
  return absl::OkStatus();
}

absl::Status Dispatcher::TendWaitingLeases(Now now) {
  for (const ActiveLease& lease : leases_.TakeBegun()) {
    RETURN_IF_ERROR(store_.RestartAttempt(lease.trial_id, lease.token, now.wall));
  }
  for (const auto& [id, study] : studies_) {
    if (!study->stored().stopped || leases_.WaitingOf(id) == 0) continue;
    for (const ActiveLease& lease : leases_.OfStudy(id)) {
      if (!lease.waits) continue;
      constexpr absl::string_view kReason = "the study was stopped before it had begun";
      TakeLease(lease, kReason);
      Count(id, AttemptEvent::kReleased);
      RETURN_IF_ERROR(RequeueTrial(lease, RELEASED, kReason, now));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Dispatcher::Given> Dispatcher::AssignOne(const WaitingRequest& request, const StoredWorker& worker,
                                                        Now now) {
  std::set<int64_t> without;  // studies with nothing for this very worker
  while (RunningStudy* const study = NextStudy(worker, without)) {
    const auto avoided = [&](int64_t number) { return ShouldAvoid(*study, number, worker); };
    std::optional<int64_t> number = study->OldestWaiting(crashed_on_.empty() ? nullptr : std::function(avoided));
    if (number.has_value()) {
      RETURN_IF_ERROR(ClaimTrial(*study, *number, now));
    } else if (number = study->NextPromoted(); number.has_value()) {
      RETURN_IF_ERROR(store_.SetPromoted(study->trial_id(*number)));
      study->Promoted(*number);
      RETURN_IF_ERROR(ClaimTrial(*study, *number, now));
    } else if (!study->WantsNewTrial()) {
      without.insert(study->study_id());
      continue;
    } else {
      number = study->NextNumber();
      ASSIGN_OR_RETURN(const bool made, MakeTrial(*study, now));
      if (!made) continue;
    }
    ASSIGN_OR_RETURN(const ActiveLease lease, GrantLease(*study, *number, worker, request.request_id, now));
    RETURN_IF_ERROR(SendAssignment(request.connection, request.request_id, lease));
    return Given::kTrial;
  }
  return without.empty() ? Given::kNothing : Given::kNotHere;
}

absl::StatusOr<bool> Dispatcher::MakeTrial(RunningStudy& study, Now now) {
  absl::StatusOr<std::optional<Point>> point = study.SuggestNext();
  if (!point.ok()) {
    spdlog::error("study \"{}\": the sampler failed: {}", study.spec().name(), std::string(point.status().message()));
    study.Suspend(point.status().message());
    RETURN_IF_ERROR(store_.AppendEvent(study.study_id(), 0, "sampler_failed", point.status().message(), now.wall));
    return false;
  }
  if (!point->has_value()) {
    study.SetSpaceFinished(true);
    RETURN_IF_ERROR(store_.SetSpaceFinished(study.study_id(), true));
    return false;
  }
  ASSIGN_OR_RETURN(const int64_t trial_id,
                   store_.InsertTrial(study.study_id(), study.NextNumber(), study.space(), **point, now.wall));
  study.Added(trial_id, **std::move(point));
  return true;
}

absl::Status Dispatcher::ClaimTrial(RunningStudy& study, int64_t number, Now now) {
  const int64_t trial_id = study.trial_id(number);
  if (const std::optional<std::string> ignored = study.Enqueued(number); ignored.has_value()) {
    Point point = study.CompletedPoint(number);
    RETURN_IF_ERROR(store_.SetPoint(trial_id, study.space(), point));
    study.PointCompleted(number, std::move(point));
    if (!ignored->empty()) {
      spdlog::warn("study \"{}\": trial {} was enqueued with values that are ignored: {}", study.spec().name(), number,
                   *ignored);
      RETURN_IF_ERROR(store_.AppendEvent(study.study_id(), trial_id, "enqueued_values_ignored", *ignored, now.wall));
    }
  }
  RETURN_IF_ERROR(store_.MoveTrial(trial_id, RUNNING, {}, now.wall));
  study.Moved(number, RUNNING);
  return absl::OkStatus();
}

absl::StatusOr<ActiveLease> Dispatcher::GrantLease(RunningStudy& study, int64_t number, const StoredWorker& worker,
                                                   const std::string& request_id, Now now) {
  study.Started(number);
  Count(study.study_id(), AttemptEvent::kStarted);
  StoredAttempt attempt;
  attempt.study_id = study.study_id();
  attempt.trial_id = study.trial_id(number);
  attempt.trial_number = number;
  attempt.attempt = study.attempts(number);
  attempt.token = make_token_();
  attempt.request_id = request_id;
  attempt.worker_id = worker.worker_id;
  attempt.embedded = worker.embedded;
  attempt.epoch = epoch_;
  RETURN_IF_ERROR(store_.InsertAttempt(attempt, now.wall));
  ActiveLease lease{attempt.token,   attempt.study_id,  attempt.trial_id,   attempt.trial_number,
                    attempt.attempt, attempt.worker_id, LimitOf(study, now)};
  leases_.Grant(lease, worker.slots, now.steady);
  return lease;
}

absl::Duration Dispatcher::LimitOf(const RunningStudy& study, Now now) const {
  // Workers end what takes too long; this is for those that do not, and for seconds in which the trial waits in its
  // worker for a slot.
  constexpr absl::Duration kGrace = absl::Seconds(30);
  if (!study.spec().search().has_trial_time_limit_seconds()) return absl::InfiniteDuration();
  return now.steady + absl::Seconds(study.spec().search().trial_time_limit_seconds()) +
         std::max(leases_.period(), kGrace);
}

void Dispatcher::ForgetCrashesOfFinalTrials() {
  absl::erase_if(crashed_on_, [this](const auto& entry) {
    const auto study = studies_.find(entry.second.study_id);
    return study == studies_.end() || entry.second.trial_number >= study->second->NextNumber() ||
           IsFinal(study->second->state(entry.second.trial_number));
  });
}

bool Dispatcher::ShouldAvoid(const RunningStudy& study, int64_t number, const StoredWorker& worker) const {
  const auto crashed = crashed_on_.find(study.trial_id(number));
  if (crashed == crashed_on_.end() || crashed->second.worker_id != worker.worker_id) return false;
  return std::any_of(fleet_.workers().begin(), fleet_.workers().end(), [&](const auto& entry) {
    const StoredWorker& other = entry.second.worker;
    return other.worker_id != worker.worker_id && !other.draining && CanDo(other, study.needs());
  });
}

RunningStudy* Dispatcher::NextStudy(const StoredWorker& worker, const std::set<int64_t>& without) {
  RunningStudy* next = nullptr;
  const auto load = [this](const RunningStudy& study) {
    const int64_t in_slots = study.running() - leases_.WaitingOf(study.study_id());
    return static_cast<double>(in_slots) / study.spec().placement().weight();
  };
  for (const auto& [id, study] : studies_) {
    // Without work it is asked and told by others.
    if (study->stored().stopped || study->spec().work_case() == StudySpec::WORK_NOT_SET) continue;
    if (!only_study_.empty() && study->stored().name != only_study_) continue;
    if (!study->HasWork()) continue;
    if (without.contains(id)) continue;
    if (!CanDo(worker, study->needs())) {
      WarnIfNobodyCan(*study);
      continue;
    }
    if (next == nullptr || load(*study) < load(*next)) next = study.get();
  }
  return next;
}

void Dispatcher::WarnIfNobodyCan(const RunningStudy& study) {
  const auto can = [&](const auto& entry) { return CanDo(entry.second.worker, study.needs()); };
  if (std::any_of(fleet_.workers().begin(), fleet_.workers().end(), can)) return;
  if (!warned_of_.insert(study.study_id()).second) return;
  spdlog::warn("study \"{}\" waits: no connected worker can do its trials; they need {}", study.spec().name(),
               DescribeNeeds(study.needs()));
}

}  // namespace parzen
