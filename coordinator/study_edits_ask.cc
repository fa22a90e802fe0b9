// Trials taken by whoever asks.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/random_token.h"
#include "base/status_macros.h"
#include "coordinator/message_bounds.h"
#include "coordinator/study_edits.h"
#include "coordinator/study_edits_internal.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

absl::Status CheckNames(const AskTrialRequest& request) {
  for (const std::string* const name : {&request.request_id(), &request.asker(), &request.host()}) {
    if (name->size() > kMaxNameBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("request_id, asker and host have at most ", kMaxNameBytes, " bytes each"));
    }
  }
  return absl::OkStatus();
}

// One row for all that one asker on one host asks for, whatever processes it takes.
StoredWorker AskerOf(const AskTrialRequest& request) {
  StoredWorker asker;
  asker.name = request.asker().empty() ? "ask" : request.asker();
  asker.host = request.host();
  asker.pid = request.pid();
  asker.worker_id = absl::StrCat("ask:", asker.host, ":", asker.name);
  return asker;
}

}  // namespace

absl::StatusOr<TrialRecord> StudyEdits::AskTrial(const AskTrialRequest& request, Now now) {
  RETURN_IF_ERROR(CheckNames(request));
  Savepoint part(store_);
  RETURN_IF_ERROR(part.status());
  ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
  if (!request.request_id().empty()) {
    ASSIGN_OR_RETURN(const std::optional<StoredAttempt> given, store_.FindAttemptByRequest(request.request_id()));
    if (given.has_value()) return AskedBefore(study, *given);
  }
  ASSIGN_OR_RETURN(RunningStudy* const loaded, dispatcher_.LoadedStudy(study.name));
  const absl::StatusOr<int64_t> number = dispatcher_.TakeTrial(*loaded, now);
  if (!number.ok()) {
    // That the space is finished, or the sampler failed, is kept: memory knows it too.
    RETURN_IF_ERROR(part.Keep());
    return number.status();
  }
  RETURN_IF_ERROR(BeginAskedAttempt(request, *loaded, *number, now));
  absl::StatusOr<TrialRecord> trial = Trial(study.name, *number);
  RETURN_IF_ERROR(part.Keep());
  return trial;
}

absl::StatusOr<TrialRecord> StudyEdits::AskedBefore(const StoredStudy& study, const StoredAttempt& attempt) {
  if (!attempt.asked || attempt.study_id != study.study_id) {
    return absl::InvalidArgumentError("this request_id was used for something else; choose a new one");
  }
  if (attempt.state != OPEN) {
    return absl::FailedPreconditionError(absl::StrCat("trial ", attempt.trial_number,
                                                      ", which this request was given, is over or was given back; ask "
                                                      "again under a new request_id"));
  }
  return Trial(study.name, attempt.trial_number);
}

absl::Status StudyEdits::BeginAskedAttempt(const AskTrialRequest& request, RunningStudy& study, int64_t number,
                                           Now now) {
  const StoredWorker asker = AskerOf(request);
  RETURN_IF_ERROR(store_.PutWorker(asker, now.wall));
  RETURN_IF_ERROR(store_.DisconnectWorker(asker.worker_id, now.wall));
  study.Started(number);
  StoredAttempt attempt;
  attempt.study_id = study.study_id();
  attempt.trial_id = study.trial_id(number);
  attempt.trial_number = number;
  attempt.attempt = study.attempts(number);
  attempt.token = RandomToken();
  attempt.request_id = request.request_id();
  attempt.worker_id = asker.worker_id;
  attempt.asked = true;
  return store_.InsertAttempt(attempt, now.wall);
}

}  // namespace parzen
