// Trials put into the queue: new ones with given values, and those that shall be done again.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "coordinator/given_values.h"
#include "coordinator/message_bounds.h"
#include "coordinator/study_edits.h"
#include "coordinator/study_edits_internal.h"
#include "nlohmann/json.hpp"
#include "studies/distribution.h"
#include "studies/store/stored_params.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

using Json = nlohmann::json;

// As Optuna names them.
constexpr absl::string_view kFailedTrialKey = "failed_trial";
constexpr absl::string_view kRetryHistoryKey = "retry_history";

// All values of a trial as they would be enqueued. A trial that had none yet is done again from what it was given.
absl::StatusOr<std::string> ValuesOf(Store& store, const TrialRow& row, const TrialRecord& trial) {
  std::vector<GivenValue> values;
  for (const NamedJson& value : trial.parameter()) values.push_back({value.name(), value.json(), std::nullopt});
  if (!values.empty()) return ToFixedParams(values);
  ASSIGN_OR_RETURN(const std::optional<std::string> given, store.FindSystemAttribute(row.trial_id, kFixedParamsKey));
  return given.value_or("{}");
}

// Set with a trial that was cancelled: why.
constexpr absl::string_view kCancelledKey = "parzen:cancelled";

// The trials that were tried before `number`, and failed, oldest first; itself last.
absl::StatusOr<std::vector<int64_t>> RetryHistory(Store& store, const TrialRow& failed) {
  ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                   store.FindSystemAttribute(failed.trial_id, kRetryHistoryKey));
  std::vector<int64_t> history;
  const Json numbers = Json::parse(stored.value_or("[]"), nullptr, /*allow_exceptions=*/false);
  if (numbers.is_array()) {
    for (const Json& number : numbers) {
      if (number.is_number_integer()) history.push_back(number.get<int64_t>());
    }
  }
  history.push_back(failed.number);
  return history;
}

absl::Status UsedForAnother(const TrialRow& added, absl::string_view what) {
  return absl::AlreadyExistsError(absl::StrCat("this request_id has added trial ", added.number, " already, ", what,
                                               "; repeat that request as it was, or use a new request_id"));
}

// Whether a request to enqueue `values` is the one that has added this trial.
absl::Status CheckEnqueued(Store& store, const TrialRow& added, const std::vector<GivenValue>& values) {
  ASSIGN_OR_RETURN(const std::optional<std::string> retried,
                   store.FindSystemAttribute(added.trial_id, kRetryHistoryKey));
  if (retried.has_value()) return UsedForAnother(added, "which does another one again");
  ASSIGN_OR_RETURN(const std::optional<std::string> given, store.FindSystemAttribute(added.trial_id, kFixedParamsKey));
  if (SameFixedParams(given.value_or("{}"), values)) return absl::OkStatus();
  return UsedForAnother(added, absl::StrCat("with other values: ", given.value_or("none")));
}

// Whether a request to do trial `number` again is the one that has added this trial, or has given it back.
absl::Status CheckDoesAgain(Store& store, const TrialRow& added, int64_t number) {
  if (added.number == number) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<int64_t> history, RetryHistory(store, added));
  history.pop_back();  // itself
  if (!history.empty() && history.back() == number) return absl::OkStatus();
  return UsedForAnother(added, history.empty() ? std::string("which does no other one again")
                                               : absl::StrCat("which does trial ", history.back(), " again"));
}

// What is cancelled counts. A trial that waits beyond the budget comes on top of it, or more would end than it allows.
absl::Status CountOnTop(Store& store, const StoredStudy& study) {
  if (!study.spec.has_value() || study.budget == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto counts, store.CountTrials(study.study_id));
  ASSIGN_OR_RETURN(const std::vector<StoredAttempt> attempts, store.LoadOpenAttempts());
  const int64_t final = counts[COMPLETE] + counts[PRUNED] + counts[FAIL];
  const int64_t held = std::count_if(attempts.begin(), attempts.end(),
                                     [&](const StoredAttempt& attempt) { return attempt.study_id == study.study_id; });
  ASSIGN_OR_RETURN(const int64_t paused, store.CountPaused(study.study_id));
  return final + held + paused < study.budget ? absl::OkStatus() : store.SetBudget(study.study_id, study.budget + 1);
}

}  // namespace

absl::StatusOr<std::optional<TrialRow>> StudyEdits::AddedBefore(const StoredStudy& study,
                                                                const std::string& request_id) {
  std::optional<TrialRow> trial;
  if (request_id.empty()) return trial;
  if (request_id.size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a request_id has at most ", kMaxNameBytes, " bytes"));
  }
  ASSIGN_OR_RETURN(const auto known, store_.FindRequest(request_id));
  if (!known.has_value()) return trial;
  if (known->first != study.study_id) {
    return absl::AlreadyExistsError("this request_id has added a trial to another study; use a new one");
  }
  ASSIGN_OR_RETURN(trial, store_.FindTrial(study, known->second));
  return trial;
}

absl::Status StudyEdits::KeepRequest(const std::string& request_id, const StoredStudy& study, int64_t number, Now now) {
  return request_id.empty() ? absl::OkStatus() : store_.PutRequest(request_id, study.study_id, number, now.wall);
}

absl::StatusOr<TrialRecord> StudyEdits::EnqueueTrial(const EnqueueTrialRequest& request, Now now) {
  return AllOrNothing<TrialRecord>([&]() -> absl::StatusOr<TrialRecord> {
    ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
    ASSIGN_OR_RETURN(const std::optional<TrialRow> before, AddedBefore(study, request.request_id()));
    if (request.set().empty()) {
      return absl::InvalidArgumentError("no value is given; name one or more, such as c=1");
    }
    ASSIGN_OR_RETURN(const std::vector<GivenValue> values, ReadGivenValues(store_, study, request.set()));
    if (before.has_value()) {
      RETURN_IF_ERROR(CheckEnqueued(store_, *before, values));
      return Trial(study.name, before->number);
    }
    if (request.skip_if_exists()) {
      ASSIGN_OR_RETURN(const std::optional<int64_t> existing, FindTrialWith(store_, study.study_id, values));
      if (existing.has_value()) return Trial(study.name, *existing);
    }
    ASSIGN_OR_RETURN(const TrialRow trial, store_.EnqueueTrial(study.study_id, ToFixedParams(values)));
    RETURN_IF_ERROR(KeepRequest(request.request_id(), study, trial.number, now));
    RETURN_IF_ERROR(Follow(study.study_id, trial.number));
    return Trial(study.name, trial.number);
  });
}

absl::StatusOr<TrialRecord> StudyEdits::RetryTrial(const RetryTrialRequest& request, Now now) {
  return AllOrNothing<TrialRecord>([&]() -> absl::StatusOr<TrialRecord> {
    ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
    ASSIGN_OR_RETURN(const std::optional<TrialRow> before, AddedBefore(study, request.request_id()));
    if (before.has_value()) {
      RETURN_IF_ERROR(CheckDoesAgain(store_, *before, request.number()));
      return Trial(study.name, before->number);
    }
    ASSIGN_OR_RETURN(const TrialRow trial, store_.FindTrial(study, request.number()));
    if (trial.state == FAIL || trial.state == RUNNING) {
      ASSIGN_OR_RETURN(TrialRecord again,
                       trial.state == FAIL ? RetryFailed(study, trial, now) : GiveBack(study, trial, now));
      RETURN_IF_ERROR(KeepRequest(request.request_id(), study, again.number(), now));
      return again;
    }
    return absl::FailedPreconditionError(absl::StrCat("trial ", trial.number, " is ", TrialStateName(trial.state),
                                                      trial.state == WAITING
                                                          ? ": it will be done anyway"
                                                          : ": only what failed is done again; "
                                                            "`parzen trial enqueue` repeats its values"));
  });
}

absl::StatusOr<TrialRecord> StudyEdits::CancelTrial(const CancelTrialRequest& request, Now now) {
  return AllOrNothing<TrialRecord>([&]() -> absl::StatusOr<TrialRecord> {
    if (request.reason().size() > kMaxReasonBytes) {
      return absl::InvalidArgumentError(absl::StrCat("a reason has at most ", kMaxReasonBytes, " bytes"));
    }
    ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
    ASSIGN_OR_RETURN(const TrialRow trial, store_.FindTrial(study, request.number()));
    ASSIGN_OR_RETURN(const std::optional<std::string> cancelled,
                     store_.FindSystemAttribute(trial.trial_id, kCancelledKey));
    if (trial.state == FAIL && cancelled.has_value()) return Trial(study.name, trial.number);
    if (IsFinal(trial.state)) {
      return absl::FailedPreconditionError(absl::StrCat("trial ", trial.number, " is ", TrialStateName(trial.state),
                                                        " already; only one that waits or runs can be cancelled"));
    }
    const std::string reason = absl::StrCat("it was cancelled", request.reason().empty() ? "" : ": ", request.reason());
    ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt, store_.FindOpenAttempt(trial.trial_id));
    if (attempt.has_value()) RETURN_IF_ERROR(store_.EndAttempt(attempt->token, ENDED, reason, now.wall));
    RETURN_IF_ERROR(store_.SetTrialSystemAttribute(trial.trial_id, kCancelledKey, JsonString(reason)));
    RETURN_IF_ERROR(store_.AppendEvent(study.study_id, trial.trial_id, "cancelled", reason, now.wall));
    if (trial.state == WAITING) RETURN_IF_ERROR(CountOnTop(store_, study));
    RETURN_IF_ERROR(store_.MoveTrial(trial.trial_id, FAIL, {}, now.wall));
    RETURN_IF_ERROR(Follow(study.study_id, trial.number));
    if (serving_ != nullptr) serving_->DropEndedLeases(study.study_id, reason);
    return Trial(study.name, trial.number);
  });
}

absl::StatusOr<TrialRecord> StudyEdits::RetryFailed(const StoredStudy& study, const TrialRow& failed, Now) {
  ASSIGN_OR_RETURN(const TrialRecord record, Trial(study.name, failed.number));
  ASSIGN_OR_RETURN(const std::string values, ValuesOf(store_, failed, record));
  ASSIGN_OR_RETURN(const std::vector<int64_t> history, RetryHistory(store_, failed));
  if (study.spec.has_value() && study.budget > 0) {
    // Others may have ended, or enqueued, more than the budget; all of that comes before this one.
    ASSIGN_OR_RETURN(const auto counts, store_.CountTrials(study.study_id));
    ASSIGN_OR_RETURN(const int64_t coming, store_.CountComing(study.study_id));
    const int64_t before = counts[COMPLETE] + counts[PRUNED] + counts[FAIL] + coming;
    RETURN_IF_ERROR(store_.SetBudget(study.study_id, std::max(study.budget, before) + 1));
  }
  ASSIGN_OR_RETURN(const TrialRow again, store_.EnqueueTrial(study.study_id, values));
  // Of a trial that was tried several times Optuna names the first one.
  RETURN_IF_ERROR(store_.SetTrialSystemAttribute(again.trial_id, kFailedTrialKey, absl::StrCat(history[0])));
  RETURN_IF_ERROR(store_.SetTrialSystemAttribute(again.trial_id, kRetryHistoryKey, Json(history).dump()));
  RETURN_IF_ERROR(Follow(study.study_id, again.number));
  return Trial(study.name, again.number);
}

absl::StatusOr<TrialRecord> StudyEdits::GiveBack(const StoredStudy& study, const TrialRow& running, Now now) {
  ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt, store_.FindOpenAttempt(running.trial_id));
  if (attempt.has_value() && !attempt->asked) {
    ASSIGN_OR_RETURN(const std::string worker, store_.WorkerName(attempt->worker_id));
    return absl::FailedPreconditionError(
        absl::StrCat("worker ", worker, " trains trial ", running.number,
                     "; when the worker is lost, the trial goes to another one by itself"));
  }
  ASSIGN_OR_RETURN(const TrialRecord record, Trial(study.name, running.number));
  ASSIGN_OR_RETURN(const std::optional<std::string> given,
                   store_.FindSystemAttribute(running.trial_id, kFixedParamsKey));
  if (!given.has_value()) {
    ASSIGN_OR_RETURN(const std::string values, ValuesOf(store_, running, record));
    RETURN_IF_ERROR(store_.SetTrialSystemAttribute(running.trial_id, kFixedParamsKey, values));
  }
  if (attempt.has_value()) {
    RETURN_IF_ERROR(store_.EndAttempt(attempt->token, RELEASED, "it was given back to the queue", now.wall));
  }
  RETURN_IF_ERROR(store_.MoveTrial(running.trial_id, WAITING, {}, now.wall));
  RETURN_IF_ERROR(Follow(study.study_id, running.number));
  return Trial(study.name, running.number);
}

}  // namespace parzen
