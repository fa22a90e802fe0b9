#include "cli/database_editor.h"

#include <utility>

#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/database_reading.h"
#include "coordinator/study_edits.h"
#include "studies/store/store.h"

namespace parzen {
namespace {

class DatabaseEditor final : public DatabaseReading<StudyEditor> {
 public:
  DatabaseEditor(std::string path, std::unique_ptr<StudyReader> reader, std::unique_ptr<Store> store)
      : DatabaseReading(std::move(path), std::move(reader)), store_(std::move(store)) {}

  absl::StatusOr<StudySummary> CreateStudy(const CreateStudyRequest& request) override {
    return Edit(&StudyEdits::CreateStudy, request);
  }
  absl::StatusOr<StudySummary> ChangeStudy(const ChangeStudyRequest& request) override {
    return Edit(&StudyEdits::ChangeStudy, request);
  }
  absl::StatusOr<DeleteStudyResponse> DeleteStudy(const DeleteStudyRequest& request) override {
    return Edit(&StudyEdits::DeleteStudy, request);
  }
  absl::StatusOr<StudySummary> ImportStudy(const NextImportPart& next) override {
    return Edit(&StudyEdits::ImportStudy, WithEnd(next));
  }
  absl::StatusOr<TrialRecord> EnqueueTrial(const EnqueueTrialRequest& request) override {
    return Edit(&StudyEdits::EnqueueTrial, request);
  }
  absl::StatusOr<TrialRecord> RetryTrial(const RetryTrialRequest& request) override {
    return Edit(&StudyEdits::RetryTrial, request);
  }
  absl::StatusOr<TrialRecord> CancelTrial(const CancelTrialRequest& request) override {
    return Edit(&StudyEdits::CancelTrial, request);
  }
  absl::StatusOr<TrialRecord> AskTrial(const AskTrialRequest& request) override {
    return Edit(&StudyEdits::AskTrial, request);
  }
  absl::StatusOr<TellTrialResponse> TellTrial(const TellTrialRequest& request) override {
    return Edit(&StudyEdits::TellTrial, request);
  }

 private:
  template <typename Request, typename Reply>
  absl::StatusOr<Reply> Edit(absl::StatusOr<Reply> (StudyEdits::*edit)(const Request&, Now), const Request& request) {
    RETURN_IF_ERROR(store_->Begin());
    absl::StatusOr<Reply> reply = (StudyEdits(*store_).*edit)(request, ReadClock());
    if (const absl::Status failed = store_->transaction_status(); !failed.ok()) {
      store_->Rollback();
      return failed;
    }
    // A refusal is committed too: it has taken back all but what is worth keeping.
    RETURN_IF_ERROR(store_->Commit());
    return reply;
  }

  const std::unique_ptr<Store> store_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StudyEditor>> OpenDatabaseEditor(const std::string& path, bool create) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                   Store::Open(path, create ? Store::Mode::kCreate : Store::Mode::kReadWrite));
  ASSIGN_OR_RETURN(std::unique_ptr<StudyReader> reader, StudyReader::Open(path));
  return std::make_unique<DatabaseEditor>(path, std::move(reader), std::move(store));
}

}  // namespace parzen
