#include "coordinator/study_rpcs.h"

#include <memory>
#include <utility>

#include "base/status_macros.h"
#include "rpc/grpc_status.h"

namespace parzen {

template <typename Request, typename Reply>
grpc::ServerUnaryReactor* StudyRpcs::Answer(grpc::CallbackServerContext* context,
                                            absl::StatusOr<Reply> (StudyReader::*read)(const Request&),
                                            const Request& request, Reply& reply) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    absl::StatusOr<Reply> answer = (reader_.*read)(request);
    if (answer.ok()) reply = *std::move(answer);
    status = answer.status();
  }
  reactor->Finish(ToGrpc(status));
  return reactor;
}

grpc::ServerUnaryReactor* StudyRpcs::CreateStudy(grpc::CallbackServerContext* context,
                                                 const CreateStudyRequest* request, StudySummary* reply) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto refusal = std::make_shared<absl::Status>();
  loop_.Submit(
      [request, refusal](Dispatcher& dispatcher, Now now) { return dispatcher.CreateStudy(*request, now, *refusal); },
      [this, request, reply, refusal, reactor](const absl::Status& committed) {
        absl::Status status = committed.ok() ? *refusal : committed;
        if (status.ok()) {
          absl::MutexLock lock(&mutex_);
          GetStudyRequest created;
          created.set_study(request->spec().name());
          absl::StatusOr<StudySummary> summary = reader_.GetStudy(created);
          if (summary.ok()) *reply = *std::move(summary);
          status = summary.status();
        }
        reactor->Finish(ToGrpc(status));
      });
  return reactor;
}

grpc::ServerUnaryReactor* StudyRpcs::PutFinalResult(grpc::CallbackServerContext* context,
                                                    const PutFinalResultRequest* request, PutFinalResultResponse*) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto refusal = std::make_shared<absl::Status>();
  loop_.Submit(
      [request, refusal](Dispatcher& dispatcher, Now) { return dispatcher.PutFinalResult(*request, *refusal); },
      [refusal, reactor](const absl::Status& committed) {
        reactor->Finish(ToGrpc(committed.ok() ? *refusal : committed));
      });
  return reactor;
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

}  // namespace parzen
