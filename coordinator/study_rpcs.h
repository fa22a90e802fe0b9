// The coordinator's side of the command line's RPCs: edits go through the commit loop (committed_edits.h), which
// answers after the commit; reads through threads and connections of their own (study_reads.h), which never wait for a
// writer. Threads: internally synchronised.
#pragma once

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/call_gate.h"
#include "coordinator/committed_edits.h"
#include "coordinator/file_rpcs.h"
#include "coordinator/study_reads.h"
#include "proto/coordinator.grpc.pb.h"
#include "studies/store/study_reader.h"

namespace parzen {

class StudyRpcs final : public StudyService::CallbackService {
 public:
  // Borrows all.
  StudyRpcs(CommittedEdits& edits, StudyReads& reads, FileRpcs& files, const ServerLimits& limits, CallGate& gate)
      : edits_(edits), reads_(reads), files_(files), limits_(limits), gate_(gate) {}

  // What GetCoordinator tells beside what the database says: version, lease, certificate. Called by any thread. Before
  // the gRPC server starts.
  void set_about(std::function<CoordinatorRecord()> about) { about_ = std::move(about); }

  grpc::ServerUnaryReactor* CreateStudy(grpc::CallbackServerContext* context, const CreateStudyRequest* request,
                                        StudySummary* reply) override;
  grpc::ServerUnaryReactor* ChangeStudy(grpc::CallbackServerContext* context, const ChangeStudyRequest* request,
                                        StudySummary* reply) override;
  grpc::ServerUnaryReactor* DeleteStudy(grpc::CallbackServerContext* context, const DeleteStudyRequest* request,
                                        DeleteStudyResponse* reply) override;
  grpc::ServerReadReactor<ImportStudyRequest>* ImportStudy(grpc::CallbackServerContext* context,
                                                           StudySummary* reply) override;
  grpc::ServerUnaryReactor* EnqueueTrial(grpc::CallbackServerContext* context, const EnqueueTrialRequest* request,
                                         TrialRecord* reply) override;
  grpc::ServerUnaryReactor* RetryTrial(grpc::CallbackServerContext* context, const RetryTrialRequest* request,
                                       TrialRecord* reply) override;
  grpc::ServerUnaryReactor* CancelTrial(grpc::CallbackServerContext* context, const CancelTrialRequest* request,
                                        TrialRecord* reply) override;
  grpc::ServerUnaryReactor* AskTrial(grpc::CallbackServerContext* context, const AskTrialRequest* request,
                                     TrialRecord* reply) override;
  grpc::ServerUnaryReactor* TellTrial(grpc::CallbackServerContext* context, const TellTrialRequest* request,
                                      TellTrialResponse* reply) override;
  grpc::ServerUnaryReactor* ListStudies(grpc::CallbackServerContext* context, const ListStudiesRequest* request,
                                        ListStudiesResponse* reply) override;
  grpc::ServerUnaryReactor* GetStudy(grpc::CallbackServerContext* context, const GetStudyRequest* request,
                                     StudySummary* reply) override;
  grpc::ServerUnaryReactor* ListTrials(grpc::CallbackServerContext* context, const ListTrialsRequest* request,
                                       ListTrialsResponse* reply) override;
  grpc::ServerUnaryReactor* GetTrial(grpc::CallbackServerContext* context, const GetTrialRequest* request,
                                     TrialRecord* reply) override;
  grpc::ServerUnaryReactor* ListArtifacts(grpc::CallbackServerContext* context, const ListArtifactsRequest* request,
                                          ListArtifactsResponse* reply) override;
  grpc::ServerUnaryReactor* GetArtifact(grpc::CallbackServerContext* context, const GetArtifactRequest* request,
                                        ArtifactPart* reply) override;
  grpc::ServerUnaryReactor* GetProgress(grpc::CallbackServerContext* context, const GetProgressRequest* request,
                                        StudyProgress* reply) override;
  grpc::ServerUnaryReactor* BestTrials(grpc::CallbackServerContext* context, const BestTrialsRequest* request,
                                       BestTrialsResponse* reply) override;
  grpc::ServerUnaryReactor* PutFinalResult(grpc::CallbackServerContext* context, const PutFinalResultRequest* request,
                                           PutFinalResultResponse* reply) override;
  grpc::ServerUnaryReactor* ListWorkers(grpc::CallbackServerContext* context, const ListWorkersRequest* request,
                                        ListWorkersResponse* reply) override;
  grpc::ServerUnaryReactor* DrainWorker(grpc::CallbackServerContext* context, const DrainWorkerRequest* request,
                                        ListWorkersResponse* reply) override;
  grpc::ServerUnaryReactor* GetCoordinator(grpc::CallbackServerContext* context, const GetCoordinatorRequest* request,
                                           CoordinatorRecord* reply) override;
  grpc::ServerUnaryReactor* FindMissingFiles(grpc::CallbackServerContext* context,
                                             const FindMissingFilesRequest* request,
                                             FindMissingFilesResponse* reply) override {
    return files_.FindMissingFiles(context, request, reply);
  }
  grpc::ServerReadReactor<PutFileRequest>* PutFile(grpc::CallbackServerContext* context, PutFileResponse*) override {
    return files_.PutFile(context);
  }

 private:
  class ImportReactor;

  // Submits `edit` and finishes the RPC once it is committed; before that calls `afterwards`.
  template <typename Request, typename Reply>
  grpc::ServerUnaryReactor* Edit(grpc::CallbackServerContext* context, CommittedEdits::EditMethod<Request, Reply> edit,
                                 const Request& request, Reply& reply, std::function<void()> afterwards = {});
  // Has `read` done as long as the caller waits, and finishes the RPC; before that, on the reading thread, calls
  // `afterwards`.
  template <typename Request, typename Reply>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context,
                                   absl::StatusOr<Reply> (StudyReader::*read)(const Request&), const Request& request,
                                   Reply& reply, std::function<void()> afterwards = {});

  CommittedEdits& edits_;
  StudyReads& reads_;
  FileRpcs& files_;
  const ServerLimits limits_;
  CallGate& gate_;
  std::function<CoordinatorRecord()> about_;
  absl::Mutex import_mutex_;
  ImportReactor* import_under_way_ ABSL_GUARDED_BY(import_mutex_) = nullptr;
};

}  // namespace parzen
