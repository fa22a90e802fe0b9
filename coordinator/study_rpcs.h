// The coordinator's side of the command line's RPCs: writes go through the commit loop, reads through a connection of
// their own, which never waits for a writer. Threads: internally synchronised.
#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/commit_loop.h"
#include "proto/coordinator.grpc.pb.h"
#include "studies/store/study_reader.h"

namespace parzen {

class StudyRpcs final : public StudyService::CallbackService {
 public:
  // Borrows both. `reader` is used by nobody else.
  StudyRpcs(CommitLoop& loop, StudyReader& reader) : loop_(loop), reader_(reader) {}

  grpc::ServerUnaryReactor* CreateStudy(grpc::CallbackServerContext* context, const CreateStudyRequest* request,
                                        StudySummary* reply) override;
  grpc::ServerUnaryReactor* ListStudies(grpc::CallbackServerContext* context, const ListStudiesRequest* request,
                                        ListStudiesResponse* reply) override;
  grpc::ServerUnaryReactor* GetStudy(grpc::CallbackServerContext* context, const GetStudyRequest* request,
                                     StudySummary* reply) override;
  grpc::ServerUnaryReactor* ListTrials(grpc::CallbackServerContext* context, const ListTrialsRequest* request,
                                       ListTrialsResponse* reply) override;
  grpc::ServerUnaryReactor* GetTrial(grpc::CallbackServerContext* context, const GetTrialRequest* request,
                                     TrialRecord* reply) override;
  grpc::ServerUnaryReactor* PutFinalResult(grpc::CallbackServerContext* context, const PutFinalResultRequest* request,
                                           PutFinalResultResponse* reply) override;

 private:
  // Runs `read` on the reader and finishes the RPC.
  template <typename Request, typename Reply>
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context,
                                   absl::StatusOr<Reply> (StudyReader::*read)(const Request&), const Request& request,
                                   Reply& reply);

  CommitLoop& loop_;
  absl::Mutex mutex_;
  StudyReader& reader_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
