// Edits of whole studies, and what all edits share.
#include "coordinator/study_edits.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/random_token.h"
#include "base/status_macros.h"
#include "coordinator/metric_artifacts.h"
#include "coordinator/new_study.h"
#include "coordinator/study_edits_internal.h"
#include "studies/store/study_import.h"
#include "studies/store/study_reader.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

constexpr int64_t kMaxBudget = 100'000'000;  // as SearchSpec.trials

absl::Status CheckBudget(int64_t budget) {
  if (budget >= 1 && budget <= kMaxBudget) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a study has 1 to ", kMaxBudget, " trials, not ", budget));
}

// What comes from outside has no more rights than what is created; a study that has no budget gets its spec's.
absl::Status CheckImported(StudySummary& study) {
  if (!study.has_spec()) return absl::OkStatus();
  CreateStudyRequest request;
  *request.mutable_spec() = study.spec();
  *request.mutable_file() = study.file();
  ASSIGN_OR_RETURN(const NewStudy checked, CheckNewStudy(request));
  if (!study.has_budget()) study.set_budget(checked.budget);
  return CheckBudget(study.budget());
}

}  // namespace

absl::Status CheckIsOurs(const StoredStudy& study, absl::string_view cannot) {
  if (study.spec.has_value()) return absl::OkStatus();
  if (!study.unreadable.empty()) return absl::FailedPreconditionError(study.unreadable);
  return absl::FailedPreconditionError(absl::StrCat("study \"", study.name, "\" was made by another program, so ",
                                                    cannot,
                                                    "; `parzen study create` with a study file of this name "
                                                    "makes it Parzen's"));
}

StudyEdits::StudyEdits(Store& store, Dispatcher* serving)
    : store_(store),
      serving_(serving),
      // It grants no lease, so their period does not matter.
      own_(serving != nullptr ? nullptr : std::make_unique<Dispatcher>(store, absl::Seconds(1), RandomToken)),
      dispatcher_(serving != nullptr ? *serving : *own_) {}

absl::Status StudyEdits::Follow(int64_t study_id, std::optional<int64_t> trial) {
  if (serving_ == nullptr) return absl::OkStatus();
  const absl::Status loaded =
      trial.has_value() ? serving_->ReloadTrial(study_id, *trial) : serving_->ReloadStudy(study_id);
  // A study that cannot be loaded is left alone by whoever serves; the edit of its rows holds.
  if (!loaded.ok()) {
    spdlog::error("after an edit: {}", std::string(loaded.message()));
  }
  return store_.transaction_status();
}

absl::StatusOr<StudySummary> StudyEdits::Summary(const std::string& study) {
  GetStudyRequest request;
  request.set_study(study);
  request.set_outline(true);
  ASSIGN_OR_RETURN(StudySummary summary, StudyReader(store_).GetStudy(request));
  ASSIGN_OR_RETURN(const StoredStudy stored, store_.FindStudy(study));
  ASSIGN_OR_RETURN(const auto counts, store_.CountTrials(stored.study_id));
  summary.set_waiting(counts[WAITING]);
  summary.set_running(counts[RUNNING]);
  summary.set_complete(counts[COMPLETE]);
  summary.set_pruned(counts[PRUNED]);
  summary.set_failed(counts[FAIL]);
  const int64_t final = counts[COMPLETE] + counts[PRUNED] + counts[FAIL];
  summary.set_finished((stored.budget > 0 && final >= stored.budget) ||
                       (stored.space_finished && counts[RUNNING] == 0 && counts[WAITING] == 0));
  return summary;
}

absl::StatusOr<TrialRecord> StudyEdits::Trial(const std::string& study, int64_t number) {
  GetTrialRequest request;
  request.set_study(study);
  request.set_number(number);
  return StudyReader(store_).GetTrial(request);
}

absl::Status StudyEdits::LoadOwn(const std::string& name) {
  const absl::StatusOr<StoredStudy> existing = store_.FindStudy(name);
  if (absl::IsNotFound(existing.status())) return absl::OkStatus();
  RETURN_IF_ERROR(existing.status());
  return existing->spec.has_value() ? dispatcher_.ReloadStudy(existing->study_id) : absl::OkStatus();
}

absl::StatusOr<StudySummary> StudyEdits::CreateStudy(const CreateStudyRequest& request, Now now) {
  return AllOrNothing<StudySummary>([&]() -> absl::StatusOr<StudySummary> {
    if (serving_ == nullptr) RETURN_IF_ERROR(LoadOwn(request.spec().name()));
    absl::Status refusal;
    RETURN_IF_ERROR(dispatcher_.CreateStudy(request, now, refusal));
    RETURN_IF_ERROR(refusal);
    return Summary(request.spec().name());
  });
}

absl::Status StudyEdits::ReleaseTrials(const StoredStudy& study, Now now) {
  constexpr char kReason[] = "its study was stopped";
  ASSIGN_OR_RETURN(const std::vector<StoredAttempt> attempts, store_.LoadOpenAttempts());
  for (const StoredAttempt& attempt : attempts) {
    if (attempt.study_id != study.study_id || attempt.asked) continue;
    RETURN_IF_ERROR(store_.EndAttempt(attempt.token, RELEASED, kReason, now.wall));
    RETURN_IF_ERROR(store_.MoveTrial(attempt.trial_id, WAITING, {}, now.wall));
  }
  RETURN_IF_ERROR(Follow(study.study_id));
  if (serving_ != nullptr) serving_->DropEndedLeases(study.study_id, kReason);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> StudyEdits::BudgetOf(const std::string& study) {
  ASSIGN_OR_RETURN(const StoredStudy stored, store_.FindStudy(study));
  return stored.budget;
}

absl::StatusOr<StudySummary> StudyEdits::ChangeStudy(const ChangeStudyRequest& request, Now now) {
  return AllOrNothing<StudySummary>([&]() -> absl::StatusOr<StudySummary> {
    ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
    RETURN_IF_ERROR(CheckIsOurs(study, "Parzen hands out no trial of it and cannot change how many there are"));
    if (!request.has_stopped() && !request.has_budget()) {
      return absl::InvalidArgumentError("nothing to change: neither `stopped` nor `budget` is given");
    }
    if (request.has_budget()) {
      ASSIGN_OR_RETURN(const auto counts, store_.CountTrials(study.study_id));
      const int64_t final = counts[COMPLETE] + counts[PRUNED] + counts[FAIL];
      RETURN_IF_ERROR(CheckBudget(request.budget()));
      if (request.budget() < final) {
        return absl::InvalidArgumentError(absl::StrCat(
            final, " trials of study \"", study.name, "\" have ended already; it cannot have only ", request.budget()));
      }
      RETURN_IF_ERROR(store_.SetBudget(study.study_id, request.budget()));
      // Whoever wants more has the sampler asked once more.
      if (request.budget() > study.budget) RETURN_IF_ERROR(store_.SetSpaceFinished(study.study_id, false));
    }
    if (request.release_running() && !request.stopped()) {
      return absl::InvalidArgumentError("only a study that is stopped gives its running trials back");
    }
    if (request.has_stopped()) RETURN_IF_ERROR(store_.SetStopped(study.study_id, request.stopped()));
    if (request.has_stopped() && !request.stopped() && study.stopped) {
      RETURN_IF_ERROR(store_.SetDeadline(study.study_id, DeadlineOf(*study.spec, now.wall)));
    }
    RETURN_IF_ERROR(Follow(study.study_id));
    if (request.release_running()) RETURN_IF_ERROR(ReleaseTrials(study, now));
    return Summary(study.name);
  });
}

absl::StatusOr<StudySummary> StudyEdits::ImportStudy(const NextImportPart& next, Now now) {
  return AllOrNothing<StudySummary>([&]() -> absl::StatusOr<StudySummary> {
    ImportStudyRequest part;
    ASSIGN_OR_RETURN(bool more, next(part));
    if (!more || !part.has_study()) {
      return absl::InvalidArgumentError("an import starts with the study; its trials follow");
    }
    const std::string name = part.study().name();
    RETURN_IF_ERROR(CheckImported(*part.mutable_study()));
    ASSIGN_OR_RETURN(StudyImport import, StudyImport::Create(store_, part.study(), now.wall));
    const StudySummary& study = part.study();
    const int64_t announced =
        study.waiting() + study.running() + study.complete() + study.pruned() + study.failed();  // 0: not said
    int64_t trials = 0;
    for (;; ++trials) {
      part.Clear();
      ASSIGN_OR_RETURN(more, next(part));
      // A sender that died looks like one that has no more to say.
      if (!more) return absl::InvalidArgumentError(kImportBrokeOff);
      if (part.has_end()) break;
      if (!part.has_trial())
        return absl::InvalidArgumentError("after the study, an import has trials and its end only");
      if (trials == kMaxImportedTrials) {
        return absl::InvalidArgumentError(
            absl::StrCat("a study of at most ", kMaxImportedTrials, " trials can be imported"));
      }
      RETURN_IF_ERROR(import.Add(part.trial()).status());
    }
    if (part.end().trials() != trials) {
      return absl::InvalidArgumentError(
          absl::StrCat("study \"", name, "\" ends after ", part.end().trials(), " trials, but ", trials, " came"));
    }
    if (announced > 0 && trials != announced) {
      return absl::InvalidArgumentError(
          absl::StrCat("study \"", name, "\" was announced with ", announced, " trials, but has ", trials));
    }
    RETURN_IF_ERROR(Follow(import.study_id()));
    return Summary(name);
  });
}

absl::StatusOr<DeleteStudyResponse> StudyEdits::DeleteStudy(const DeleteStudyRequest& request, Now) {
  return AllOrNothing<DeleteStudyResponse>([&]() -> absl::StatusOr<DeleteStudyResponse> {
    ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
    ASSIGN_OR_RETURN(const auto counts, store_.CountTrials(study.study_id));
    if (counts[RUNNING] > 0 && !request.even_if_running()) {
      return absl::FailedPreconditionError(
          absl::StrCat(counts[RUNNING], counts[RUNNING] == 1 ? " trial" : " trials", " of study \"", study.name, "\" ",
                       counts[RUNNING] == 1 ? "runs" : "run",
                       "; stop it first (`parzen study stop`) and wait, or drop what they find (--force)"));
    }
    RETURN_IF_ERROR(store_.DeleteStudy(study.study_id));
    RETURN_IF_ERROR(Follow(study.study_id));
    DeleteStudyResponse response;
    for (const int64_t count : counts) response.set_trials(response.trials() + count);
    return response;
  });
}

absl::StatusOr<PutFinalResultResponse> StudyEdits::PutFinalResult(const PutFinalResultRequest& request, Now) {
  return AllOrNothing<PutFinalResultResponse>([&]() -> absl::StatusOr<PutFinalResultResponse> {
    ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
    RETURN_IF_ERROR(CheckIsOurs(study, "there is no place for its final result"));
    ASSIGN_OR_RETURN(const TrialRow trial, store_.FindTrial(study, request.result().trial_number()));
    // Whoever asks for the study gets its final result: what is large is kept beside it.
    FinalResult result = request.result();
    *result.mutable_metrics() = WithoutRows(request.result().metrics());
    RETURN_IF_ERROR(store_.SetFinalResult(study.study_id, result));
    for (const MetricArtifact& artifact : ArtifactsOfFinal(request.result().metrics())) {
      RETURN_IF_ERROR(store_.PutArtifact(trial.trial_id, artifact.name, artifact.media_type, artifact.bytes));
    }
    return PutFinalResultResponse();
  });
}

}  // namespace parzen
