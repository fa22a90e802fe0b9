// What edits need of a dispatcher: one study's memory, and a trial for someone who is no worker.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "coordinator/dispatcher.h"

namespace parzen {
namespace {

// Why a study has no trial to give: Aborted, which is nobody's mistake and where loops of `parzen trial ask` end; a
// sampler that failed is FailedPrecondition.
// Requires: nothing of it waits that may start.
absl::Status NoTrial(const RunningStudy& study) {
  const std::string name = absl::StrCat("study \"", study.stored().name, "\" ");
  if (study.stored().stopped) {
    return absl::AbortedError(absl::StrCat(name, "is stopped; `parzen study resume` lets it go on"));
  }
  if (study.stored().space_finished) {
    return absl::AbortedError(absl::StrCat(name, "has no point left that was not tried"));
  }
  if (study.suspended().has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("the sampler of ", name,
                                                      "failed, and makes no more trials before ",
                                                      "the coordinator starts again: ", *study.suspended()));
  }
  if (const std::optional<int64_t> awaited = study.AwaitedTrial(); awaited.has_value()) {
    return absl::AbortedError(absl::StrCat(name, "is deterministic and its next trial learns from trial ", *awaited,
                                           ", which has not ended; ask again when it has"));
  }
  return absl::AbortedError(absl::StrCat(name, "has all of its ", study.stored().budget, " trials, ", study.running(),
                                         " of them running; `parzen study extend` adds more"));
}

}  // namespace

absl::Status Dispatcher::ReloadStudy(int64_t study_id) {
  ASSIGN_OR_RETURN(const std::vector<StudyMark> marks, ReadStudyMarks(store_.database(), study_id));
  const auto known = studies_.find(study_id);
  // Others' studies are in memory only once someone asked for them.
  if (!marks.empty() && marks[0].created.empty() && known == studies_.end()) return absl::OkStatus();
  if (!marks.empty() && known != studies_.end() && known->second->stored().created == marks[0].created) {
    RETURN_IF_ERROR(FollowSettings(*known->second, marks[0]));
    const absl::Status followed = known->second->Refresh(store_).status();
    if (!absl::IsAborted(followed)) return followed;
  }
  ASSIGN_OR_RETURN(const std::vector<StoredStudy> studies, store_.LoadStudies());
  const auto stored = std::find_if(studies.begin(), studies.end(),
                                   [&](const StoredStudy& study) { return study.study_id == study_id; });
  if (stored == studies.end()) {
    ForgetStudy(study_id);
    return absl::OkStatus();
  }
  absl::StatusOr<std::unique_ptr<RunningStudy>> loaded =
      stored->unreadable.empty()
          ? RunningStudy::Load(*stored, store_)
          : absl::StatusOr<std::unique_ptr<RunningStudy>>(absl::FailedPreconditionError(stored->unreadable));
  if (!loaded.ok()) {
    ForgetStudy(study_id);
    return absl::FailedPreconditionError(
        absl::StrCat("study \"", stored->name, "\" is left alone: ", loaded.status().message()));
  }
  studies_[study_id] = *std::move(loaded);
  return absl::OkStatus();
}

absl::Status Dispatcher::ReloadTrial(int64_t study_id, int64_t number) {
  const auto known = studies_.find(study_id);
  if (known == studies_.end()) return ReloadStudy(study_id);
  ASSIGN_OR_RETURN(const std::vector<StudyMark> marks, ReadStudyMarks(store_.database(), study_id));
  if (marks.empty() || known->second->stored().created != marks[0].created) return ReloadStudy(study_id);
  RETURN_IF_ERROR(FollowSettings(*known->second, marks[0]));
  const absl::Status followed = known->second->RefreshTrial(store_, number);
  return absl::IsAborted(followed) ? ReloadStudy(study_id) : followed;
}

absl::StatusOr<int64_t> Dispatcher::TakeTrial(RunningStudy& study, Now now) {
  RETURN_IF_ERROR(StopStudiesOutOfTime(now));
  if (study.stored().stopped) return NoTrial(study);
  if (const std::optional<int64_t> waiting = study.OldestWaiting(); waiting.has_value()) {
    RETURN_IF_ERROR(ClaimTrial(study, *waiting, now));
    return *waiting;
  }
  if (!study.WantsNewTrial()) return NoTrial(study);
  const int64_t number = study.NextNumber();
  const absl::StatusOr<bool> made = MakeTrial(study, now);
  // A study that others made has no row to remember that its space is finished.
  if (!made.ok() && study.inferred() && study.stored().space_finished) return NoTrial(study);
  RETURN_IF_ERROR(made.status());
  if (!*made) return NoTrial(study);
  return number;
}

}  // namespace parzen
