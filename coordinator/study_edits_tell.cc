// Trials told how far they are, and how they ended, by whoever asked for them.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "coordinator/message_bounds.h"
#include "coordinator/study_edits.h"
#include "coordinator/study_edits_internal.h"
#include "coordinator/told_end.h"
#include "studies/distribution.h"
#include "studies/store/stored_constraints.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

std::optional<StepValue> LastStep(const TrialRecord& trial) {
  if (trial.step().empty()) return std::nullopt;
  return *std::max_element(trial.step().begin(), trial.step().end(),
                           [](const StepValue& a, const StepValue& b) { return a.step() < b.step(); });
}

// A repeat of what ended the trial is fine; anything else came too late.
absl::Status CheckIsRepeat(const TrialRow& trial, const TrialRecord& record, const TellTrialRequest& request) {
  const std::optional<ToldEnd> end = EndOf(request, LastStep(record));
  const bool same = end.has_value() && end->state == trial.state &&
                    std::equal(end->values.begin(), end->values.end(), record.value().begin(), record.value().end());
  if (same) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("trial ", trial.number, " is ", TrialStateName(trial.state),
                                                    " already", end.has_value() ? ", told otherwise" : "",
                                                    "; nothing of it changes any more"));
}

}  // namespace

absl::StatusOr<TellTrialResponse> StudyEdits::TellTrial(const TellTrialRequest& request, Now now) {
  return AllOrNothing<TellTrialResponse>([&]() -> absl::StatusOr<TellTrialResponse> {
    ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
    ASSIGN_OR_RETURN(const TrialRow trial, store_.FindTrial(study, request.number()));
    RETURN_IF_ERROR(CheckTold(request, study));
    TellTrialResponse response;
    if (IsFinal(trial.state)) {
      ASSIGN_OR_RETURN(*response.mutable_trial(), Trial(study.name, trial.number));
      RETURN_IF_ERROR(CheckIsRepeat(trial, response.trial(), request));
      return response;
    }
    RETURN_IF_ERROR(CheckMayBeTold(trial));
    RETURN_IF_ERROR(KeepTold(study, trial, request));
    ASSIGN_OR_RETURN(*response.mutable_trial(), Trial(study.name, trial.number));
    const std::optional<ToldEnd> end = EndOf(request, LastStep(response.trial()));
    if (!end.has_value()) {
      ASSIGN_OR_RETURN(const PrunerDecision decision, JudgeTold(study, trial, request));
      response.set_stop(decision.stop);
      if (decision.stop) response.set_reason(decision.reason);
      return response;
    }
    RETURN_IF_ERROR(EndTold(study, trial, *end, now));
    ASSIGN_OR_RETURN(*response.mutable_trial(), Trial(study.name, trial.number));
    return response;
  });
}

absl::Status StudyEdits::CheckMayBeTold(const TrialRow& trial) {
  if (trial.state == WAITING) {
    return absl::FailedPreconditionError(
        absl::StrCat("trial ", trial.number, " waits; ask for it first (`parzen trial ask`)"));
  }
  ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt, store_.FindOpenAttempt(trial.trial_id));
  if (!attempt.has_value() || attempt->asked) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string worker, store_.WorkerName(attempt->worker_id));
  return absl::FailedPreconditionError(
      absl::StrCat("worker ", worker, " trains trial ", trial.number, " and tells how it ends"));
}

absl::Status StudyEdits::KeepTold(const StoredStudy& study, const TrialRow& trial, const TellTrialRequest& request) {
  if (!request.step().empty()) {
    ASSIGN_OR_RETURN(const int64_t steps, store_.CountIntermediateValues(trial.trial_id));
    if (steps + request.step_size() > kMaxSteps) {
      return absl::InvalidArgumentError(
          absl::StrCat("trial ", trial.number, " has ", steps, " steps; at most ", kMaxSteps, " are kept"));
    }
  }
  for (const StepValue& step : request.step()) {
    RETURN_IF_ERROR(store_.SetIntermediateValue(trial.trial_id, step.step(), step.value()));
  }
  for (const NamedJson& attribute : request.attribute()) {
    RETURN_IF_ERROR(store_.SetTrialUserAttribute(trial.trial_id, attribute.name(), attribute.json()));
  }
  std::vector<MetricValue> constraints(request.constraint().begin(), request.constraint().end());
  if (request.state() == COMPLETE && request.has_state()) {
    ASSIGN_OR_RETURN(constraints, ConstraintsOf(request, study));
  }
  for (const MetricValue& constraint : constraints) {
    RETURN_IF_ERROR(store_.SetTrialSystemAttribute(trial.trial_id, ConstraintKey(constraint.name()),
                                                   JsonNumber(constraint.value())));
  }
  return absl::OkStatus();
}

// Tells memory the steps too, in their order, and has each judged; the first stop counts.
absl::StatusOr<PrunerDecision> StudyEdits::JudgeTold(const StoredStudy& study, const TrialRow& trial,
                                                     const TellTrialRequest& request) {
  const auto pruner = study.spec.has_value() ? study.spec->search().pruner().kind_case() : PrunerSpec::KIND_NOT_SET;
  const bool judges = pruner != PrunerSpec::KIND_NOT_SET && pruner != PrunerSpec::kNone;
  if (request.step().empty() || (!judges && serving_ == nullptr)) return PrunerDecision();
  if (dispatcher_.FindStudy(study.name) == nullptr && !study.spec.has_value()) return PrunerDecision();
  ASSIGN_OR_RETURN(RunningStudy* const loaded, dispatcher_.LoadedStudy(study.name));
  // Memory loaded just now has the steps from the file; those of a serving one are told once more, which is the same.
  std::vector<StepValue> steps(request.step().begin(), request.step().end());
  std::stable_sort(steps.begin(), steps.end(),
                   [](const StepValue& a, const StepValue& b) { return a.step() < b.step(); });
  PrunerDecision first;
  for (const StepValue& step : steps) {
    loaded->Reported(trial.number, step.step(), step.value());
    PrunerDecision decision = loaded->Judge(trial.number, step.step());
    if (decision.stop && !first.stop) first = std::move(decision);
  }
  return first;
}

absl::Status StudyEdits::EndTold(const StoredStudy& study, const TrialRow& trial, const ToldEnd& end, Now now) {
  ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt, store_.FindOpenAttempt(trial.trial_id));
  if (attempt.has_value()) {
    RETURN_IF_ERROR(store_.EndAttempt(attempt->token, ENDED, end.reason, now.wall));
  } else if (!end.reason.empty()) {
    RETURN_IF_ERROR(store_.SetTrialSystemAttribute(trial.trial_id, "fail_reason", JsonString(end.reason)));
  }
  RETURN_IF_ERROR(store_.MoveTrial(trial.trial_id, end.state, end.values, now.wall));
  return Follow(study.study_id, trial.number);
}

}  // namespace parzen
