#include "coordinator/study_rpcs.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

constexpr int32_t kMaxPage = 1000;

}  // namespace

grpc::ServerUnaryReactor* StudyRpcs::Answer(grpc::CallbackServerContext* context,
                                            const std::function<absl::Status(Store&)>& read) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = read(reader_);
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
          absl::StatusOr<StudySummary> summary = reader_.SummarizeStudy(request->spec().name());
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

grpc::ServerUnaryReactor* StudyRpcs::ListStudies(grpc::CallbackServerContext* context, const ListStudiesRequest*,
                                                 ListStudiesResponse* reply) {
  return Answer(context, [&](Store& store) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<StudySummary> studies, store.SummarizeStudies());
    *reply->mutable_study() = {studies.begin(), studies.end()};
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* StudyRpcs::GetStudy(grpc::CallbackServerContext* context, const GetStudyRequest* request,
                                              StudySummary* reply) {
  return Answer(context, [&](Store& store) -> absl::Status {
    ASSIGN_OR_RETURN(*reply, store.SummarizeStudy(request->study()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* StudyRpcs::ListTrials(grpc::CallbackServerContext* context, const ListTrialsRequest* request,
                                                ListTrialsResponse* reply) {
  return Answer(context, [&](Store& store) -> absl::Status {
    const int32_t limit = std::clamp(request->limit() == 0 ? kMaxPage : request->limit(), 1, kMaxPage);
    ASSIGN_OR_RETURN(std::vector<TrialRecord> trials,
                     store.ListTrials(request->study(), request->from_number(), limit + 1, request->distributions()));
    reply->set_more(trials.size() > static_cast<size_t>(limit));
    if (reply->more()) trials.pop_back();
    for (TrialRecord& trial : trials) *reply->add_trial() = std::move(trial);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* StudyRpcs::GetTrial(grpc::CallbackServerContext* context, const GetTrialRequest* request,
                                              TrialRecord* reply) {
  return Answer(context, [&](Store& store) -> absl::Status {
    ASSIGN_OR_RETURN(*reply, store.GetTrial(request->study(), request->number()));
    return absl::OkStatus();
  });
}

}  // namespace parzen
