// What people and programs change in studies: the second half of query.proto, as functions of the store. Each edit runs
// inside an open transaction, checks before and while it writes, and leaves nothing behind when it is refused.
//
// They work on any study of the file, ours or Optuna's, without loading its trials; asking for a trial needs the
// study's sampler, telling steps its pruner.
//
// Errors: as query.proto. A refusal leaves the transaction sound; when the store failed, Store::transaction_status()
// says so, and the transaction must be rolled back. Threads: externally synchronised.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "coordinator/dispatcher.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"
#include "studies/store/store.h"

namespace parzen {

// Trials that one import may bring.
inline constexpr int64_t kMaxImportedTrials = 1'000'000;

// What is said of an import without its end.
inline constexpr char kImportBrokeOff[] = "the import broke off before its end; nothing of it was stored";

// The next part of an import; false after the last one.
using NextImportPart = std::function<absl::StatusOr<bool>(ImportStudyRequest& part)>;

struct ToldEnd;

class StudyEdits {
 public:
  // `serving` hands out trials of this store, so its memory follows every edit; nullptr where nobody does, and what
  // needs sampler or pruner loads the one study for the time of the call. Borrows both.
  explicit StudyEdits(Store& store, Dispatcher* serving = nullptr);

  absl::StatusOr<StudySummary> CreateStudy(const CreateStudyRequest& request, Now now);
  // How many trials a study shall have; 0: no limit.
  absl::StatusOr<int64_t> BudgetOf(const std::string& study);
  absl::StatusOr<StudySummary> ChangeStudy(const ChangeStudyRequest& request, Now now);
  absl::StatusOr<DeleteStudyResponse> DeleteStudy(const DeleteStudyRequest& request, Now now);
  absl::StatusOr<PutFinalResultResponse> PutFinalResult(const PutFinalResultRequest& request, Now now);
  // Takes parts until there are no more; InvalidArgument when the first is no study, the last
  // no end, or what is between no trials.
  absl::StatusOr<StudySummary> ImportStudy(const NextImportPart& next, Now now);

  // AlreadyExists: what is asked for under the request_id now is something else.
  absl::StatusOr<TrialRecord> EnqueueTrial(const EnqueueTrialRequest& request, Now now);
  absl::StatusOr<TrialRecord> RetryTrial(const RetryTrialRequest& request, Now now);
  absl::StatusOr<TrialRecord> CancelTrial(const CancelTrialRequest& request, Now now);
  absl::StatusOr<TrialRecord> AskTrial(const AskTrialRequest& request, Now now);
  absl::StatusOr<TellTrialResponse> TellTrial(const TellTrialRequest& request, Now now);

 private:
  // Runs `edit`; takes back what it wrote when it fails.
  template <typename Reply>
  absl::StatusOr<Reply> AllOrNothing(const std::function<absl::StatusOr<Reply>()>& edit);

  // Trials of the study that workers have go back to the queue.
  absl::Status ReleaseTrials(const StoredStudy& study, Now now);
  // The trial that the edit of this id added when it came before; nullopt when it did not. AlreadyExists: to another
  // study.
  absl::StatusOr<std::optional<TrialRow>> AddedBefore(const StoredStudy& study, const std::string& request_id);
  absl::Status KeepRequest(const std::string& request_id, const StoredStudy& study, int64_t number, Now now);
  absl::StatusOr<TrialRecord> RetryFailed(const StoredStudy& study, const TrialRow& failed, Now now);
  absl::StatusOr<TrialRecord> GiveBack(const StoredStudy& study, const TrialRow& running, Now now);
  absl::StatusOr<TrialRecord> AskedBefore(const StoredStudy& study, const StoredAttempt& attempt);
  absl::Status BeginAskedAttempt(const AskTrialRequest& request, RunningStudy& study, int64_t number, Now now);
  absl::Status CheckMayBeTold(const TrialRow& trial);
  absl::Status KeepTold(const StoredStudy& study, const TrialRow& trial, const TellTrialRequest& request);
  absl::StatusOr<PrunerDecision> JudgeTold(const StoredStudy& study, const TrialRow& trial,
                                           const TellTrialRequest& request);
  absl::Status EndTold(const StoredStudy& study, const TrialRow& trial, const ToldEnd& end, Now now);

  // Into the own dispatcher, where the study exists and is Parzen's.
  absl::Status LoadOwn(const std::string& name);
  // After the store changed what memory holds of a study; with `trial`, of this one and the study's settings alone.
  absl::Status Follow(int64_t study_id, std::optional<int64_t> trial = std::nullopt);
  // Without what takes a look at every trial, such as the best one: the writer must not wait for that.
  absl::StatusOr<StudySummary> Summary(const std::string& study);
  absl::StatusOr<TrialRecord> Trial(const std::string& study, int64_t number);

  Store& store_;
  Dispatcher* const serving_;
  const std::unique_ptr<Dispatcher> own_;  // absent with a serving one
  Dispatcher& dispatcher_;
};

}  // namespace parzen
