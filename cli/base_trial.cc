#include "cli/base_trial.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/stored_task.h"

namespace parzen {

absl::StatusOr<BaseTrial> FindBaseTrialOf(StudySource& source, const std::string& name, const BaseSpec& base) {
  const absl::StatusOr<StudySummary> self = GetStudy(source, name);
  const bool known = self.ok() && self->spec().base().study() == base.study() &&
                     (!base.has_trial() || self->spec().base().trial() == base.trial());
  // It has all that it began with, whatever has become of that study since.
  if (known) return BaseTrial{self->spec().train(), self->spec().base().trial()};
  const absl::StatusOr<StudySummary> study = GetStudy(source, base.study());
  if (absl::IsNotFound(study.status())) {
    return absl::NotFoundError(
        absl::StrCat(study.status().message(), "; run that study first, into the same database"));
  }
  RETURN_IF_ERROR(study.status());
  if (!study->spec().has_train()) {
    return absl::FailedPreconditionError(absl::StrCat("study \"", base.study(), "\" trains nothing"));
  }
  TrialRecord trial;
  if (base.has_trial()) {
    ASSIGN_OR_RETURN(trial, GetTrial(source, base.study(), base.trial()));
  } else if (study->has_best()) {
    trial = study->best();
  } else {
    return absl::FailedPreconditionError(absl::StrCat(
        "study \"", base.study(), "\" has no best trial",
        study->direction_size() > 1 ? ": it has several objectives; name one with base { trial: N }" : " yet"));
  }
  ASSIGN_OR_RETURN(const TrialTask task, StoredTask(*study, trial, {}));
  return BaseTrial{task.train().spec(), trial.number()};
}

}  // namespace parzen
