// A coordinator's StudyService, as the command line calls it.
//
// Every call has a deadline and fails at once when nobody listens: Unavailable, "no coordinator at ADDRESS: ...".
// DeadlineExceeded: it is connected and did not answer in time. What changes something has a longer deadline; when that
// passes, it may still be done, and the Unavailable says so.
// Errors of the service keep their canonical code and message. Threads: internally synchronised (as gRPC stubs are).
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/study_source.h"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/tls_files.h"

namespace parzen {

class StudyClient final : public StudyEditor {
 public:
  // `address`: "HOST:PORT" or "unix:PATH"; InvalidArgument for anything else, and for `tls` files that a client cannot
  // use (none: no encryption). Nothing is called yet. `deadline`: of each call but an import.
  static absl::StatusOr<std::unique_ptr<StudyClient>> Create(
      const std::string& address, const TlsFiles& tls = {},
      std::chrono::milliseconds deadline = std::chrono::seconds(5));

  std::string Place() const override;
  absl::StatusOr<ListStudiesResponse> ListStudies(const ListStudiesRequest& request) override;
  absl::StatusOr<StudySummary> GetStudy(const GetStudyRequest& request) override;
  absl::StatusOr<ListTrialsResponse> ListTrials(const ListTrialsRequest& request) override;
  absl::StatusOr<TrialRecord> GetTrial(const GetTrialRequest& request) override;
  absl::StatusOr<ListArtifactsResponse> ListArtifacts(const ListArtifactsRequest& request) override;
  absl::StatusOr<ArtifactPart> GetArtifact(const GetArtifactRequest& request) override;
  absl::StatusOr<StudyProgress> GetProgress(const GetProgressRequest& request) override;
  absl::StatusOr<BestTrialsResponse> BestTrials(const BestTrialsRequest& request) override;
  absl::StatusOr<ListWorkersResponse> ListWorkers(const ListWorkersRequest& request) override;

  // Shows on stderr what takes longer than a second.
  absl::Status ProvideFiles(const std::vector<DatasetFile>& files) override;
  absl::StatusOr<StudySummary> CreateStudy(const CreateStudyRequest& request) override;
  absl::StatusOr<StudySummary> ChangeStudy(const ChangeStudyRequest& request) override;
  absl::StatusOr<DeleteStudyResponse> DeleteStudy(const DeleteStudyRequest& request) override;
  absl::StatusOr<StudySummary> ImportStudy(const NextImportPart& next) override;
  absl::StatusOr<TrialRecord> EnqueueTrial(const EnqueueTrialRequest& request) override;
  absl::StatusOr<TrialRecord> RetryTrial(const RetryTrialRequest& request) override;
  absl::StatusOr<TrialRecord> CancelTrial(const CancelTrialRequest& request) override;
  absl::StatusOr<TrialRecord> AskTrial(const AskTrialRequest& request) override;
  absl::StatusOr<TellTrialResponse> TellTrial(const TellTrialRequest& request) override;

  // Creates the study, or resumes the one of that name and spec. AlreadyExists: another spec has the name, and how they
  // differ; InvalidArgument: the spec's problems.
  absl::StatusOr<StudySummary> CreateStudy(const StudySpec& spec, const std::vector<DatasetFile>& files);
  absl::Status PutFinalResult(const std::string& study, const FinalResult& result);
  absl::StatusOr<ListWorkersResponse> DrainWorker(const DrainWorkerRequest& request);
  absl::StatusOr<CoordinatorRecord> GetCoordinator(const GetCoordinatorRequest& request);
  // Whether it stores what arrives, by its health service.
  absl::StatusOr<bool> IsServing();

 private:
  StudyClient(const std::string& address, std::shared_ptr<grpc::Channel> channel, bool encrypted,
              std::chrono::milliseconds deadline);

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (StudyService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                           Response*),
                                const Request& request);
  // The same for what changes something.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Edit(grpc::Status (StudyService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                           Response*),
                                const Request& request);
  // The same for what has a request_id: once more, under the same, when the answer was lost.
  template <typename Request, typename Response>
  absl::StatusOr<Response> EditAgain(grpc::Status (StudyService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                                                Response*),
                                     const Request& request);
  absl::Status Reach() const;
  // Of the deadline: whether nobody was reached, or somebody who says nothing.
  absl::Status NoAnswer() const;
  absl::Status MayStillBeDone(std::chrono::seconds deadline) const;
  // What the user is told of a call's end; `too_late` when its deadline passed.
  absl::Status Explain(const absl::Status& status, const absl::Status& too_late) const;

  const std::string address_;
  const bool encrypted_;
  const std::chrono::milliseconds deadline_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<StudyService::Stub> stub_;
  std::atomic<bool> answered_ = false;  // a call was; so whoever is there speaks as we do
};

}  // namespace parzen
