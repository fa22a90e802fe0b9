// The coordinator's side of the command line's RPCs: writes go through the commit loop, reads through a connection of
// their own, which never waits for a writer. Threads: internally synchronised.
#pragma once

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/commit_loop.h"
#include "proto/coordinator.grpc.pb.h"
#include "studies/store.h"

namespace parzen {

class StudyRpcs final : public StudyService::CallbackService {
 public:
  // Borrows both. `reader` is used by nobody else.
  StudyRpcs(CommitLoop& loop, Store& reader) : loop_(loop), reader_(reader) {}

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
  // Runs `read` on the reader and finishes the RPC with its status.
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context,
                                   const std::function<absl::Status(Store&)>& read);

  CommitLoop& loop_;
  absl::Mutex mutex_;
  Store& reader_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
