#include "cli/study_client.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/file_upload.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"
#include "rpc/health_check.h"

namespace parzen {
namespace {

// An edit waits for the writer, and a study of very many trials takes its time to go.
constexpr std::chrono::seconds kEditDeadline(60);
constexpr std::chrono::seconds kImportDeadline(600);

}  // namespace

absl::StatusOr<std::unique_ptr<StudyClient>> StudyClient::Create(const std::string& address, const TlsFiles& tls,
                                                                 std::chrono::milliseconds deadline) {
  RETURN_IF_ERROR(CheckCoordinatorAddress(address));
  ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel, DialCoordinator(address, tls, Role::kClient));
  return std::unique_ptr<StudyClient>(new StudyClient(address, std::move(channel), !tls.empty(), deadline));
}

StudyClient::StudyClient(const std::string& address, std::shared_ptr<grpc::Channel> channel, bool encrypted,
                         std::chrono::milliseconds deadline)
    : address_(address),
      encrypted_(encrypted),
      deadline_(deadline),
      channel_(std::move(channel)),
      stub_(StudyService::NewStub(channel_)) {}

template <typename Request, typename Response>
absl::StatusOr<Response> StudyClient::Call(grpc::Status (StudyService::Stub::*method)(grpc::ClientContext*,
                                                                                      const Request&, Response*),
                                           const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + deadline_);
  Response response;
  const absl::Status status = FromGrpc((stub_.get()->*method)(&context, request, &response));
  if (status.ok()) {
    answered_ = true;
    return response;
  }
  return Explain(status, NoAnswer());
}

template <typename Request, typename Response>
absl::StatusOr<Response> StudyClient::Edit(grpc::Status (StudyService::Stub::*method)(grpc::ClientContext*,
                                                                                      const Request&, Response*),
                                           const Request& request) {
  RETURN_IF_ERROR(Reach());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kEditDeadline);
  Response response;
  const absl::Status status = FromGrpc((stub_.get()->*method)(&context, request, &response));
  if (status.ok()) {
    answered_ = true;
    return response;
  }
  return Explain(status, MayStillBeDone(kEditDeadline));
}

template <typename Request, typename Response>
absl::StatusOr<Response> StudyClient::EditAgain(grpc::Status (StudyService::Stub::*method)(grpc::ClientContext*,
                                                                                           const Request&, Response*),
                                                const Request& request) {
  absl::StatusOr<Response> response = Edit(method, request);
  if (!absl::IsUnavailable(response.status()) || request.request_id().empty()) return response;
  return Edit(method, request);
}

// The long deadline is for a coordinator that works, not for a host that swallows what it is sent.
absl::Status StudyClient::Reach() const {
  const auto deadline = std::chrono::system_clock::now() + deadline_;
  for (;;) {
    const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
    // A call says best why the connection failed.
    if (state != GRPC_CHANNEL_IDLE && state != GRPC_CHANNEL_CONNECTING) return absl::OkStatus();
    if (!channel_->WaitForStateChange(state, deadline)) return NoAnswer();
  }
}

absl::Status StudyClient::NoAnswer() const {
  const double seconds = std::chrono::duration<double>(deadline_).count();
  if (channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY) {
    return absl::DeadlineExceededError(
        absl::StrCat("the coordinator at ", address_, " did not answer within ", seconds, " s; it may be busy"));
  }
  return absl::UnavailableError(absl::StrCat("no coordinator at ", address_, ": no answer within ", seconds, " s"));
}

absl::Status StudyClient::MayStillBeDone(std::chrono::seconds deadline) const {
  return absl::UnavailableError(absl::StrCat("the coordinator at ", address_, " gave no answer yet, within ",
                                             deadline.count(),
                                             " s; it may still be done: look with `parzen study show`"));
}

absl::Status StudyClient::Explain(const absl::Status& status, const absl::Status& too_late) const {
  if (absl::IsDeadlineExceeded(status)) return too_late;
  if (absl::IsUnavailable(status)) {
    const bool nobody = absl::StrContains(status.message(), "failed to connect");
    // Who has answered before understands us: that it is gone has nothing to do with certificates.
    const std::string why =
        nobody || !answered_ ? DescribeDialFailure(status.message(), encrypted_) : std::string(status.message());
    return absl::UnavailableError(
        absl::StrCat(nobody ? "no coordinator at " : "the coordinator at ", address_, ": ", why));
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

absl::StatusOr<ListArtifactsResponse> StudyClient::ListArtifacts(const ListArtifactsRequest& request) {
  return Call(&StudyService::Stub::ListArtifacts, request);
}

absl::StatusOr<ArtifactPart> StudyClient::GetArtifact(const GetArtifactRequest& request) {
  return Call(&StudyService::Stub::GetArtifact, request);
}

absl::Status StudyClient::ProvideFiles(const std::vector<DatasetFile>& files) {
  if (files.empty()) return absl::OkStatus();
  FindMissingFilesRequest request;
  request.mutable_file()->Assign(files.begin(), files.end());
  ASSIGN_OR_RETURN(const FindMissingFilesResponse response, Edit(&StudyService::Stub::FindMissingFiles, request));
  for (const std::string& sha256 : response.missing()) {
    const auto file = std::find_if(files.begin(), files.end(), [&](const auto& f) { return f.sha256() == sha256; });
    if (file == files.end()) continue;
    const absl::Status sent = UploadFile(*stub_, *file, stderr);
    RETURN_IF_ERROR(Explain(sent, absl::UnavailableError(absl::StrCat("the coordinator at ", address_,
                                                                      " took too long "
                                                                      "to take \"",
                                                                      file->name(), "\""))));
  }
  return absl::OkStatus();
}

absl::StatusOr<StudySummary> StudyClient::CreateStudy(const CreateStudyRequest& request) {
  return Edit(&StudyService::Stub::CreateStudy, request);
}

absl::StatusOr<StudySummary> StudyClient::ChangeStudy(const ChangeStudyRequest& request) {
  return Edit(&StudyService::Stub::ChangeStudy, request);
}

absl::StatusOr<DeleteStudyResponse> StudyClient::DeleteStudy(const DeleteStudyRequest& request) {
  return Edit(&StudyService::Stub::DeleteStudy, request);
}

absl::StatusOr<StudySummary> StudyClient::ImportStudy(const NextImportPart& next) {
  RETURN_IF_ERROR(Reach());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kImportDeadline);
  StudySummary summary;
  const std::unique_ptr<grpc::ClientWriter<ImportStudyRequest>> writer = stub_->ImportStudy(&context, &summary);
  const NextImportPart parts = WithEnd(next);
  absl::StatusOr<bool> more = true;
  // A Write fails once the coordinator has made up its mind; Finish then says what it is.
  for (bool sent = true; sent;) {
    ImportStudyRequest part;
    more = parts(part);
    if (!more.ok()) context.TryCancel();
    if (!more.ok() || !*more) break;
    sent = writer->Write(part);
  }
  writer->WritesDone();
  const absl::Status status = FromGrpc(writer->Finish());
  RETURN_IF_ERROR(more.status());
  RETURN_IF_ERROR(Explain(status, MayStillBeDone(kImportDeadline)));
  return summary;
}

absl::StatusOr<TrialRecord> StudyClient::EnqueueTrial(const EnqueueTrialRequest& request) {
  return EditAgain(&StudyService::Stub::EnqueueTrial, request);
}

absl::StatusOr<TrialRecord> StudyClient::RetryTrial(const RetryTrialRequest& request) {
  return EditAgain(&StudyService::Stub::RetryTrial, request);
}

absl::StatusOr<TrialRecord> StudyClient::CancelTrial(const CancelTrialRequest& request) {
  return Edit(&StudyService::Stub::CancelTrial, request);
}

absl::StatusOr<TrialRecord> StudyClient::AskTrial(const AskTrialRequest& request) {
  return EditAgain(&StudyService::Stub::AskTrial, request);
}

absl::StatusOr<TellTrialResponse> StudyClient::TellTrial(const TellTrialRequest& request) {
  return Edit(&StudyService::Stub::TellTrial, request);
}

absl::StatusOr<StudyProgress> StudyClient::GetProgress(const GetProgressRequest& request) {
  return Call(&StudyService::Stub::GetProgress, request);
}

absl::StatusOr<BestTrialsResponse> StudyClient::BestTrials(const BestTrialsRequest& request) {
  return Call(&StudyService::Stub::BestTrials, request);
}

absl::StatusOr<ListWorkersResponse> StudyClient::ListWorkers(const ListWorkersRequest& request) {
  return Call(&StudyService::Stub::ListWorkers, request);
}

absl::StatusOr<ListWorkersResponse> StudyClient::DrainWorker(const DrainWorkerRequest& request) {
  return Edit(&StudyService::Stub::DrainWorker, request);
}

absl::StatusOr<CoordinatorRecord> StudyClient::GetCoordinator(const GetCoordinatorRequest& request) {
  return Call(&StudyService::Stub::GetCoordinator, request);
}

absl::StatusOr<bool> StudyClient::IsServing() { return parzen::IsServing(channel_, absl::FromChrono(deadline_)); }

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
  return Edit(&StudyService::Stub::PutFinalResult, request).status();
}

}  // namespace parzen
