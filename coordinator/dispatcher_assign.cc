// Who gets which trial.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/dispatcher.h"

namespace parzen {

absl::Status Dispatcher::Assign(Now now) {
  std::vector<WaitingRequest> waiting;
  // What one worker does not get, no other of its kind gets either.
  bool any_for_all = true, any = true;
  for (WaitingRequest& request : requests_) {
    const bool allow_commands = workers_.at(request.connection).allow_commands;
    bool given = false;
    if (allow_commands ? any : any_for_all) {
      ASSIGN_OR_RETURN(given, AssignOne(request, now));
      if (!given) any_for_all = false;
      if (!given && allow_commands) any = false;
    }
    if (!given) waiting.push_back(std::move(request));
  }
  requests_ = std::move(waiting);
  return absl::OkStatus();
}

absl::StatusOr<bool> Dispatcher::AssignOne(const WaitingRequest& request, Now now) {
  const auto& [worker, allow_commands] = workers_.at(request.connection);
  while (RunningStudy* const study = NextStudy(allow_commands)) {
    std::optional<int64_t> number = study->OldestWaiting();
    if (number.has_value()) {
      RETURN_IF_ERROR(ClaimTrial(*study, *number, now));
    } else {
      number = study->NextNumber();
      ASSIGN_OR_RETURN(const bool made, MakeTrial(*study, now));
      if (!made) continue;
    }
    study->Started(*number);
    StoredAttempt attempt;
    attempt.study_id = study->study_id();
    attempt.trial_id = study->trial_id(*number);
    attempt.trial_number = *number;
    attempt.attempt = study->attempts(*number);
    attempt.token = make_token_();
    attempt.request_id = request.request_id;
    attempt.worker_id = worker.worker_id;
    attempt.embedded = worker.embedded;
    RETURN_IF_ERROR(store_.InsertAttempt(attempt, now.wall));
    leases_.Grant({attempt.token, attempt.study_id, attempt.trial_id, attempt.trial_number, attempt.attempt,
                   attempt.worker_id, absl::ZeroDuration()},
                  now.steady);
    RETURN_IF_ERROR(SendAssignment(request.connection, request.request_id, *leases_.Find(attempt.token)));
    return true;
  }
  return false;
}

absl::StatusOr<bool> Dispatcher::MakeTrial(RunningStudy& study, Now now) {
  absl::StatusOr<std::optional<Point>> point = study.SuggestNext();
  if (!point.ok()) {
    spdlog::error("study \"{}\": the sampler failed: {}", study.spec().name(), std::string(point.status().message()));
    study.Suspend();
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

RunningStudy* Dispatcher::NextStudy(bool allow_commands) {
  RunningStudy* next = nullptr;
  for (const auto& [id, study] : studies_) {
    // Without work it is asked and told by others.
    if (study->stored().stopped || study->spec().work_case() == StudySpec::WORK_NOT_SET) continue;
    if (!only_study_.empty() && study->stored().name != only_study_) continue;
    if (!study->OldestWaiting().has_value() && !study->WantsNewTrial()) continue;
    if (study->spec().has_command() && !allow_commands) {
      if (warned_of_commands_.insert(id).second) {
        spdlog::warn("study \"{}\" runs a program: it needs workers started with --allow-commands",
                     study->spec().name());
      }
      continue;
    }
    if (next == nullptr || study->running() < next->running()) next = study.get();
  }
  return next;
}

}  // namespace parzen
