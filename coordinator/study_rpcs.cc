#include "coordinator/study_rpcs.h"

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "coordinator/enter_call.h"
#include "rpc/grpc_status.h"
#include "studies/store/disk_room.h"

namespace parzen {

template <typename Request, typename Reply>
grpc::ServerUnaryReactor* StudyRpcs::Answer(grpc::CallbackServerContext* context,
                                            absl::StatusOr<Reply> (StudyReader::*read)(const Request&),
                                            const Request& request, Reply& reply, std::function<void()> afterwards) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (!EnterCall(gate_, *context, request, *reactor)) return reactor;
  reads_.Post([context] { return !context->IsCancelled(); },
              [read, &request, &reply](StudyReader& reader) {
                absl::StatusOr<Reply> answer = (reader.*read)(request);
                if (answer.ok()) reply = *std::move(answer);
                return answer.status();
              },
              [this, reactor, afterwards = std::move(afterwards)](const absl::Status& status) {
                gate_.Leave();
                if (afterwards) afterwards();
                reactor->Finish(ToGrpc(status));
              });
  return reactor;
}

template <typename Request, typename Reply>
grpc::ServerUnaryReactor* StudyRpcs::Edit(grpc::CallbackServerContext* context,
                                          CommittedEdits::EditMethod<Request, Reply> edit, const Request& request,
                                          Reply& reply, std::function<void()> afterwards) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (!EnterCall(gate_, *context, request, *reactor)) return reactor;
  edits_.Submit(edit, request,
                [this, &reply, reactor, afterwards = std::move(afterwards)](absl::StatusOr<Reply> answer) {
                  gate_.Leave();
                  if (afterwards) afterwards();
                  if (answer.ok()) reply = *std::move(answer);
                  reactor->Finish(ToGrpc(answer.status()));
                });
  return reactor;
}

grpc::ServerUnaryReactor* StudyRpcs::CreateStudy(grpc::CallbackServerContext* context,
                                                 const CreateStudyRequest* request, StudySummary* reply) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (!EnterCall(gate_, *context, *request, *reactor)) return reactor;
  const std::string client = context->peer();
  const auto create = [=, this](absl::StatusOr<FileRpcs::DatasetFiles> files) {
    if (!files.ok()) {
      gate_.Leave();
      return reactor->Finish(ToGrpc(files.status()));
    }
    auto placed = std::make_shared<CreateStudyRequest>(*request);
    *placed->mutable_file() = *std::move(files);
    edits_.Submit(&StudyEdits::CreateStudy, *placed,
                  [this, client, placed, reactor, reply](absl::StatusOr<StudySummary> answer) {
                    gate_.Leave();
                    files_.Placed(placed->file(), client);
                    if (answer.ok()) *reply = *std::move(answer);
                    reactor->Finish(ToGrpc(answer.status()));
                  });
  };
  files_.Place(request->file(), client, /*even_if_missing=*/false, create);
  return reactor;
}

grpc::ServerUnaryReactor* StudyRpcs::ChangeStudy(grpc::CallbackServerContext* context,
                                                 const ChangeStudyRequest* request, StudySummary* reply) {
  return Edit(context, &StudyEdits::ChangeStudy, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::DeleteStudy(grpc::CallbackServerContext* context,
                                                 const DeleteStudyRequest* request, DeleteStudyResponse* reply) {
  return Edit(context, &StudyEdits::DeleteStudy, *request, *reply, [this] { files_.Sweep(); });
}

grpc::ServerUnaryReactor* StudyRpcs::EnqueueTrial(grpc::CallbackServerContext* context,
                                                  const EnqueueTrialRequest* request, TrialRecord* reply) {
  return Edit(context, &StudyEdits::EnqueueTrial, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::RetryTrial(grpc::CallbackServerContext* context, const RetryTrialRequest* request,
                                                TrialRecord* reply) {
  return Edit(context, &StudyEdits::RetryTrial, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::CancelTrial(grpc::CallbackServerContext* context,
                                                 const CancelTrialRequest* request, TrialRecord* reply) {
  return Edit(context, &StudyEdits::CancelTrial, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::AskTrial(grpc::CallbackServerContext* context, const AskTrialRequest* request,
                                              TrialRecord* reply) {
  return Edit(context, &StudyEdits::AskTrial, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::TellTrial(grpc::CallbackServerContext* context, const TellTrialRequest* request,
                                               TellTrialResponse* reply) {
  return Edit(context, &StudyEdits::TellTrial, *request, *reply);
}

// An import that was not let in.
class RefusedImport final : public grpc::ServerReadReactor<ImportStudyRequest> {
 public:
  explicit RefusedImport(const absl::Status& refusal) { Finish(ToGrpc(refusal)); }
  void OnDone() override { delete this; }
};

// Gathers the whole import before the commit loop sees it, so that no slow sender holds up everybody's writes. One at a
// time, since each is kept in memory; one whose sender stands still is cut off when the next one comes.
class StudyRpcs::ImportReactor final : public grpc::ServerReadReactor<ImportStudyRequest> {
 public:
  // In at the gate.
  ImportReactor(StudyRpcs& owner, grpc::CallbackServerContext& context, StudySummary& reply)
      : owner_(owner), context_(context), reply_(reply) {
    if (TakeTurn()) {
      StartSendInitialMetadata();  // so that a sender can know that it is its turn
      StartRead(&incoming_);
    } else {
      End(absl::UnavailableError("another import is under way; try again when it is through"));
    }
  }

  void OnReadDone(bool ok) override {
    SetWaitingSince(absl::InfiniteDuration());
    if (!ok) return PlaceFiles();
    bytes_ += incoming_.ByteSizeLong();
    if (parts_.size() > kMaxImportedTrials + 1 || bytes_ > kMaxImportBytes) {
      return End(absl::InvalidArgumentError(
          absl::StrCat("a coordinator takes imports of at most ", kMaxImportedTrials, " trials and ",
                       kMaxImportBytes >> 20, " MB; import into the file (--db) while no coordinator runs")));
    }
    parts_.push_back(std::move(incoming_));
    SetWaitingSince(ReadClock().steady);
    StartRead(&incoming_);
  }

  void OnDone() override { delete this; }

 private:
  static constexpr size_t kMaxImportBytes = 256 << 20;

  bool TakeTurn() {
    absl::MutexLock lock(&owner_.import_mutex_);
    waiting_since_ = ReadClock().steady;
    ImportReactor*& under_way = owner_.import_under_way_;
    if (under_way == nullptr) {
      under_way = this;
      return true;
    }
    if (under_way->waiting_since_ <= waiting_since_ - owner_.limits_.sender_may_stand_still) {
      under_way->context_.TryCancel();
    }
    return false;
  }

  void SetWaitingSince(absl::Duration time) {
    absl::MutexLock lock(&owner_.import_mutex_);
    waiting_since_ = time;
  }

  // The stream is over: its sender is through, or went away. Both look the same here; the last part tells.
  void PlaceFiles() {
    if (parts_.empty() || !parts_.back().has_end()) return End(absl::InvalidArgumentError(kImportBrokeOff));
    // An import may be of a study that is through: its files need not be here.
    owner_.files_.Place(parts_[0].study().file(), client_, /*even_if_missing=*/true,
                        [this](absl::StatusOr<FileRpcs::DatasetFiles> files) {
                          if (!files.ok()) return End(files.status());
                          if (!files->empty()) *parts_[0].mutable_study()->mutable_file() = *std::move(files);
                          Submit();
                        });
  }

  void Submit() {
    const auto import = [this](StudyEdits& edits, Now now) {
      size_t next = 0;
      const auto take = [this, &next](ImportStudyRequest& part) -> absl::StatusOr<bool> {
        if (cancelled_.load()) return absl::CancelledError("the sender went away before the end");
        if (next == parts_.size()) return false;
        part = parts_[next++];
        return true;
      };
      return edits.ImportStudy(take, now);
    };
    owner_.edits_.Submit<StudySummary>(import, [this](absl::StatusOr<StudySummary> answer) {
      owner_.files_.Placed(parts_[0].study().file(), client_);
      if (answer.ok()) reply_ = *std::move(answer);
      End(answer.status());
    });
  }

  // Whoever hears the answer may import the next study at once, so the turn ends before it.
  void End(const absl::Status& status) {
    std::vector<ImportStudyRequest>().swap(parts_);
    {
      absl::MutexLock lock(&owner_.import_mutex_);
      if (owner_.import_under_way_ == this) owner_.import_under_way_ = nullptr;
    }
    owner_.gate_.Leave();
    Finish(ToGrpc(status));
  }

  void OnCancel() override { cancelled_.store(true); }

  StudyRpcs& owner_;
  grpc::CallbackServerContext& context_;
  const std::string client_ = context_.peer();
  StudySummary& reply_;
  ImportStudyRequest incoming_;
  size_t bytes_ = 0;
  std::vector<ImportStudyRequest> parts_;
  std::atomic<bool> cancelled_ = false;
  // Since when the sender is to send something; never, while it is ours to do something. Guarded by import_mutex_.
  absl::Duration waiting_since_;
};

grpc::ServerReadReactor<ImportStudyRequest>* StudyRpcs::ImportStudy(grpc::CallbackServerContext* context,
                                                                    StudySummary* reply) {
  if (const absl::Status refusal = gate_.Enter(context->peer(), 0, ReadClock().steady); !refusal.ok()) {
    return new RefusedImport(refusal);
  }
  return new ImportReactor(*this, *context, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::PutFinalResult(grpc::CallbackServerContext* context,
                                                    const PutFinalResultRequest* request,
                                                    PutFinalResultResponse* reply) {
  return Edit(context, &StudyEdits::PutFinalResult, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::ListStudies(grpc::CallbackServerContext* context,
                                                 const ListStudiesRequest* request, ListStudiesResponse* reply) {
  return Answer(context, &StudyReader::ListStudies, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::GetStudy(grpc::CallbackServerContext* context, const GetStudyRequest* request,
                                              StudySummary* reply) {
  return Answer(context, &StudyReader::GetStudy, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::ListTrials(grpc::CallbackServerContext* context, const ListTrialsRequest* request,
                                                ListTrialsResponse* reply) {
  return Answer(context, &StudyReader::ListTrials, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::GetTrial(grpc::CallbackServerContext* context, const GetTrialRequest* request,
                                              TrialRecord* reply) {
  return Answer(context, &StudyReader::GetTrial, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::ListArtifacts(grpc::CallbackServerContext* context,
                                                   const ListArtifactsRequest* request, ListArtifactsResponse* reply) {
  return Answer(context, &StudyReader::ListArtifacts, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::GetArtifact(grpc::CallbackServerContext* context,
                                                 const GetArtifactRequest* request, ArtifactPart* reply) {
  return Answer(context, &StudyReader::GetArtifact, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::GetProgress(grpc::CallbackServerContext* context,
                                                 const GetProgressRequest* request, StudyProgress* reply) {
  return Answer(context, &StudyReader::GetProgress, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::BestTrials(grpc::CallbackServerContext* context, const BestTrialsRequest* request,
                                                BestTrialsResponse* reply) {
  return Answer(context, &StudyReader::BestTrials, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::ListWorkers(grpc::CallbackServerContext* context,
                                                 const ListWorkersRequest* request, ListWorkersResponse* reply) {
  return Answer(context, &StudyReader::ListWorkers, *request, *reply);
}

grpc::ServerUnaryReactor* StudyRpcs::DrainWorker(grpc::CallbackServerContext* context,
                                                 const DrainWorkerRequest* request, ListWorkersResponse* reply) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (!EnterCall(gate_, *context, *request, *reactor)) return reactor;
  edits_.DrainWorkers(*request, [this, reply, reactor](absl::StatusOr<ListWorkersResponse> answer) {
    gate_.Leave();
    if (answer.ok()) *reply = *std::move(answer);
    reactor->Finish(ToGrpc(answer.status()));
  });
  return reactor;
}

grpc::ServerUnaryReactor* StudyRpcs::GetCoordinator(grpc::CallbackServerContext* context,
                                                    const GetCoordinatorRequest* request, CoordinatorRecord* reply) {
  return Answer(context, &StudyReader::GetCoordinator, *request, *reply, [this, reply] {
    if (about_) reply->MergeFrom(about_());
    reply->set_free_bytes(FreeBytes(reply->db()));
    reply->set_clock_micros(absl::ToUnixMicros(ReadClock().wall));
  });
}

}  // namespace parzen
