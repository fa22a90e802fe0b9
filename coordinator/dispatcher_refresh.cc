// Taking over what others did in the file.
#include <limits>
#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/dispatcher.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

// As StudyMark.files.
std::string FilesMark(const std::vector<DatasetFile>& files) {
  std::string mark;
  for (const DatasetFile& file : files)
    absl::StrAppend(&mark, file.name(), "\x1f", file.path(), "\x1f", file.sha256(), "\x1f");
  return mark;
}

constexpr absl::string_view kAnotherProgram = "another program";

// What became of a trial that we do not hold any more.
std::string WhatOthersDid(const RunningStudy& study, int64_t number, absl::string_view who = kAnotherProgram) {
  if (number >= study.NextNumber()) return absl::StrCat(who, " removed the trial");
  const TrialState state = study.state(number);
  if (IsFinal(state)) return absl::StrCat(who, " ended the trial: it is ", TrialStateName(state));
  return absl::StrCat(who, state == RUNNING ? " claimed the trial" : " put the trial back into the queue");
}

}  // namespace

bool Dispatcher::FileHasChanged() {
  const absl::StatusOr<int64_t> version = store_.DataVersion();
  return !version.ok() || *version != seen_version_;
}

absl::Status Dispatcher::Refresh(Now now) {
  ASSIGN_OR_RETURN(const int64_t version, store_.DataVersion());
  if (version == seen_version_) return absl::OkStatus();
  seen_version_ = version;
  ASSIGN_OR_RETURN(const std::vector<StudyMark> marks, ReadStudyMarks(store_.database()));
  std::set<int64_t> gone;
  for (const auto& [id, study] : studies_) gone.insert(id);
  for (const StudyMark& mark : marks) gone.erase(mark.study_id);
  for (const int64_t id : gone) ForgetStudy(id);
  for (const StudyMark& mark : marks) RETURN_IF_ERROR(FollowMark(mark, now));
  return absl::OkStatus();
}

absl::Status Dispatcher::FollowMark(const StudyMark& mark, Now now) {
  auto found = studies_.find(mark.study_id);
  if (found != studies_.end()) {
    const StoredStudy& known = found->second->stored();
    // SQLite gives the id of a study that was deleted to the next one.
    if (known.name != mark.name || known.created != mark.created) {
      ForgetStudy(mark.study_id);
      found = studies_.end();
    }
  }
  if (found == studies_.end()) {
    const auto left_alone = left_alone_.find(mark.study_id);
    if (mark.created.empty() || (left_alone != left_alone_.end() && left_alone->second == mark.created)) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const StoredStudy stored, store_.FindStudy(mark.name));
    LoadStudy(stored);
    found = studies_.find(mark.study_id);
    if (found == studies_.end()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::vector<StoredAttempt> attempts, store_.LoadOpenAttempts());
    return MatchLeases(*found->second, attempts, now);
  }
  RETURN_IF_ERROR(FollowSettings(*found->second, mark));
  return FollowTrials(*found->second, now);
}

absl::Status Dispatcher::FollowSettings(RunningStudy& study, const StudyMark& mark) {
  study.SetBudget(mark.budget);
  study.SetStopped(mark.stopped);
  study.SetDeadline(mark.deadline);
  study.SetSpaceFinished(mark.space_finished);
  if (FilesMark(study.stored().files) == mark.files) return absl::OkStatus();
  ASSIGN_OR_RETURN(StoredStudy stored, store_.FindStudy(mark.name));
  study.SetFiles(std::move(stored.files));
  return absl::OkStatus();
}

absl::Status Dispatcher::FollowTrials(RunningStudy& study, Now now) {
  const absl::StatusOr<std::vector<int64_t>> lost = study.Refresh(store_);
  if (absl::IsAborted(lost.status())) return LoadAnew(study, now);
  if (absl::IsInvalidArgument(lost.status()) && store_.transaction_status().ok()) {
    // The store is sound, a row of this study is not: the others go on.
    spdlog::error("study \"{}\" is left alone: {}", study.stored().name, std::string(lost.status().message()));
    left_alone_[study.study_id()] = study.stored().created;
    DropStudy(study.study_id(), "the study cannot be read any more");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(lost.status());
  if (lost->empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<StoredAttempt> attempts, store_.LoadOpenAttempts());
  return MatchLeases(study, attempts, now);
}

absl::Status Dispatcher::LoadAnew(RunningStudy& study, Now now) {
  const int64_t study_id = study.study_id();
  const bool inferred = study.inferred();
  ASSIGN_OR_RETURN(const StoredStudy stored, store_.FindStudy(study.stored().name));
  studies_.erase(study_id);  // `study` is gone
  if (!inferred) LoadStudy(stored);
  const auto loaded = studies_.find(study_id);
  if (loaded == studies_.end()) {
    DropStudy(study_id, "the study cannot be read any more");
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::vector<StoredAttempt> attempts, store_.LoadOpenAttempts());
  return MatchLeases(*loaded->second, attempts, now);
}

void Dispatcher::LoadStudy(const StoredStudy& study) {
  if (!study.spec.has_value() && study.unreadable.empty()) return;  // made by others: loaded when it is asked for
  if (!only_study_.empty() && study.name != only_study_) return;
  absl::Status status = study.unreadable.empty() ? absl::OkStatus() : absl::FailedPreconditionError(study.unreadable);
  if (status.ok()) {
    absl::StatusOr<std::unique_ptr<RunningStudy>> loaded = RunningStudy::Load(study, store_);
    if (loaded.ok()) studies_[study.study_id] = *std::move(loaded);
    status = loaded.status();
  }
  if (status.ok()) return;
  spdlog::error("study \"{}\" is left alone: {}", study.name, std::string(status.message()));
  left_alone_[study.study_id] = study.created;
}

absl::Status Dispatcher::MatchLeases(RunningStudy& study, const std::vector<StoredAttempt>& attempts, Now now) {
  absl::flat_hash_set<std::string> held;
  for (const StoredAttempt& attempt : attempts) {
    if (attempt.study_id != study.study_id()) continue;
    if (!study.holds(attempt.trial_number)) {
      RETURN_IF_ERROR(store_.EndAttempt(attempt.token, LOST, WhatOthersDid(study, attempt.trial_number), now.wall));
      if (attempt.trial_number < study.NextNumber()) study.Lost(attempt.trial_number);
      continue;
    }
    held.insert(attempt.token);
    if (attempt.asked || leases_.Find(attempt.token) != nullptr) continue;
    // Which of them wait in their worker is not on disk: all are taken to run.
    leases_.Grant({attempt.token, attempt.study_id, attempt.trial_id, attempt.trial_number, attempt.attempt,
                   attempt.worker_id, LimitOf(study, now)},
                  std::numeric_limits<int>::max(), now.steady);
  }
  for (const ActiveLease& lease : leases_.OfStudy(study.study_id())) {
    if (held.contains(lease.token)) continue;
    // Nobody but parzen ends attempts.
    ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt, store_.FindAttemptByToken(lease.token));
    const bool by_command = attempt.has_value() && attempt->state != OPEN && attempt->state != LOST;
    TakeLease(lease, WhatOthersDid(study, lease.trial_number,
                                   by_command ? "a parzen command on the database file" : kAnotherProgram));
  }
  return absl::OkStatus();
}

absl::StatusOr<RunningStudy*> Dispatcher::LoadedStudy(absl::string_view name) {
  for (const auto& [id, study] : studies_) {
    if (study->stored().name == name) return study.get();
  }
  ASSIGN_OR_RETURN(const StoredStudy stored, store_.FindStudy(name));
  if (!stored.unreadable.empty()) return absl::FailedPreconditionError(stored.unreadable);
  ASSIGN_OR_RETURN(std::unique_ptr<RunningStudy> loaded, RunningStudy::Load(stored, store_));
  return (studies_[stored.study_id] = std::move(loaded)).get();
}

void Dispatcher::ForgetStudy(int64_t study_id) {
  DropStudy(study_id, "the study was deleted");
  left_alone_.erase(study_id);
}

void Dispatcher::DropStudy(int64_t study_id, absl::string_view reason) {
  for (const ActiveLease& lease : leases_.OfStudy(study_id)) TakeLease(lease, reason);
  studies_.erase(study_id);
  warned_of_.erase(study_id);
  absl::erase_if(crashed_on_, [study_id](const auto& entry) { return entry.second.study_id == study_id; });
}

void Dispatcher::DropEndedLeases(int64_t study_id, absl::string_view reason) {
  const auto study = studies_.find(study_id);
  for (const ActiveLease& lease : leases_.OfStudy(study_id)) {
    if (study == studies_.end() || !study->second->holds(lease.trial_number)) TakeLease(lease, reason);
  }
}

void Dispatcher::TakeLease(const ActiveLease& lease, absl::string_view reason) {
  const auto study = studies_.find(lease.study_id);
  Log(spdlog::level::warn, "study \"{study}\": trial {trial} is taken from its worker: {reason}",
      {{"study", study == studies_.end() ? "" : study->second->stored().name},
       {"trial", lease.trial_number},
       {"attempt", lease.attempt},
       {"worker", NameOf(lease.worker_id)},
       {"reason", reason}});
  if (const std::optional<ConnectionId> connection = fleet_.ConnectionOf(lease.worker_id); connection.has_value()) {
    Lease dropped;
    dropped.set_trial_id(lease.trial_id);
    dropped.set_attempt(lease.attempt);
    dropped.set_token(lease.token);
    SendDrop(*connection, dropped, reason);
  }
  leases_.Remove(lease.token);
}

}  // namespace parzen
