#include "cli/study_client.h"

#include <chrono>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

constexpr std::chrono::seconds kImportDeadline(600);

}  // namespace

absl::StatusOr<std::unique_ptr<StudyClient>> StudyClient::Create(const std::string& address,
                                                                 std::chrono::milliseconds deadline) {
  RETURN_IF_ERROR(CheckCoordinatorAddress(address));
  return std::unique_ptr<StudyClient>(new StudyClient(address, deadline));
}

StudyClient::StudyClient(const std::string& address, std::chrono::milliseconds deadline)
    : address_(address), deadline_(deadline), stub_(StudyService::NewStub(DialCoordinator(address))) {}

template <typename Request, typename Response>
absl::StatusOr<Response> StudyClient::Call(grpc::Status (StudyService::Stub::*method)(grpc::ClientContext*,
                                                                                      const Request&, Response*),
                                           const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + deadline_);
  Response response;
  const absl::Status status = FromGrpc((stub_.get()->*method)(&context, request, &response));
  if (status.ok()) return response;
  return Explain(status, deadline_);
}

absl::Status StudyClient::Explain(const absl::Status& status, std::chrono::milliseconds deadline) const {
  if (absl::IsDeadlineExceeded(status)) {
    return absl::UnavailableError(absl::StrCat("no coordinator at ", address_, ": no answer within ",
                                               std::chrono::duration<double>(deadline).count(), " s"));
  }
  if (absl::IsUnavailable(status)) {
    const bool nobody = absl::StrContains(status.message(), "failed to connect");
    return absl::UnavailableError(
        absl::StrCat(nobody ? "no coordinator at " : "the coordinator at ", address_, ": ", status.message()));
  }
  return status;
}

std::string StudyClient::Place() const { return absl::StrCat("the coordinator at ", address_); }

absl::StatusOr<ListStudiesResponse> StudyClient::ListStudies(const ListStudiesRequest& request) {
  return Call(&StudyService::Stub::ListStudies, request);
}

absl::StatusOr<StudySummary> StudyClient::GetStudy(const GetStudyRequest& request) {
  return Call(&StudyService::Stub::GetStudy, request);
}

absl::StatusOr<ListTrialsResponse> StudyClient::ListTrials(const ListTrialsRequest& request) {
  return Call(&StudyService::Stub::ListTrials, request);
}

absl::StatusOr<TrialRecord> StudyClient::GetTrial(const GetTrialRequest& request) {
  return Call(&StudyService::Stub::GetTrial, request);
}

absl::StatusOr<StudySummary> StudyClient::CreateStudy(const CreateStudyRequest& request) {
  return Call(&StudyService::Stub::CreateStudy, request);
}

absl::StatusOr<StudySummary> StudyClient::ChangeStudy(const ChangeStudyRequest& request) {
  return Call(&StudyService::Stub::ChangeStudy, request);
}

absl::StatusOr<DeleteStudyResponse> StudyClient::DeleteStudy(const DeleteStudyRequest& request) {
  return Call(&StudyService::Stub::DeleteStudy, request);
}

absl::StatusOr<StudySummary> StudyClient::ImportStudy(const NextImportPart& next) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kImportDeadline);
  StudySummary summary;
  const std::unique_ptr<grpc::ClientWriter<ImportStudyRequest>> writer = stub_->ImportStudy(&context, &summary);
  absl::StatusOr<bool> more = true;
  // A Write fails once the coordinator has made up its mind; Finish then says what it is.
  for (bool sent = true; sent;) {
    ImportStudyRequest part;
    more = next(part);
    if (!more.ok()) context.TryCancel();
    if (!more.ok() || !*more) break;
    sent = writer->Write(part);
  }
  writer->WritesDone();
  const absl::Status status = FromGrpc(writer->Finish());
  RETURN_IF_ERROR(more.status());
  RETURN_IF_ERROR(Explain(status, kImportDeadline));
  return summary;
}

absl::StatusOr<TrialRecord> StudyClient::EnqueueTrial(const EnqueueTrialRequest& request) {
  return Call(&StudyService::Stub::EnqueueTrial, request);
}

absl::StatusOr<TrialRecord> StudyClient::RetryTrial(const RetryTrialRequest& request) {
  return Call(&StudyService::Stub::RetryTrial, request);
}

absl::StatusOr<TrialRecord> StudyClient::AskTrial(const AskTrialRequest& request) {
  absl::StatusOr<TrialRecord> trial = Call(&StudyService::Stub::AskTrial, request);
  if (!absl::IsUnavailable(trial.status()) || request.request_id().empty()) return trial;
  return Call(&StudyService::Stub::AskTrial, request);
}

absl::StatusOr<TellTrialResponse> StudyClient::TellTrial(const TellTrialRequest& request) {
  return Call(&StudyService::Stub::TellTrial, request);
}

absl::StatusOr<StudyProgress> StudyClient::GetProgress(const GetProgressRequest& request) {
  return Call(&StudyService::Stub::GetProgress, request);
}

absl::StatusOr<BestTrialsResponse> StudyClient::BestTrials(const BestTrialsRequest& request) {
  return Call(&StudyService::Stub::BestTrials, request);
}

absl::StatusOr<StudySummary> StudyClient::CreateStudy(const StudySpec& spec, const std::vector<DatasetFile>& files) {
  CreateStudyRequest request;
  *request.mutable_spec() = spec;
  request.mutable_file()->Assign(files.begin(), files.end());
  return CreateStudy(request);
}

absl::Status StudyClient::PutFinalResult(const std::string& study, const FinalResult& result) {
  PutFinalResultRequest request;
  request.set_study(study);
  *request.mutable_result() = result;
  return Call(&StudyService::Stub::PutFinalResult, request).status();
}

}  // namespace parzen
