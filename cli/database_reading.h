// The reading half of a study database, for a source or an editor. Threads: externally synchronised.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "cli/study_source.h"
#include "studies/store/study_reader.h"

namespace parzen {

// `Interface` is StudySource, or what extends it.
template <typename Interface>
class DatabaseReading : public Interface {
 public:
  DatabaseReading(std::string path, std::unique_ptr<StudyReader> reader)
      : path_(std::move(path)), reader_(std::move(reader)) {}

  std::string Place() const override { return path_; }
  absl::StatusOr<ListStudiesResponse> ListStudies(const ListStudiesRequest& request) override {
    return reader_->ListStudies(request);
  }
  absl::StatusOr<StudySummary> GetStudy(const GetStudyRequest& request) override { return reader_->GetStudy(request); }
  absl::StatusOr<ListTrialsResponse> ListTrials(const ListTrialsRequest& request) override {
    return reader_->ListTrials(request);
  }
  absl::StatusOr<TrialRecord> GetTrial(const GetTrialRequest& request) override { return reader_->GetTrial(request); }
  absl::StatusOr<ListArtifactsResponse> ListArtifacts(const ListArtifactsRequest& request) override {
    return reader_->ListArtifacts(request);
  }
  absl::StatusOr<ArtifactPart> GetArtifact(const GetArtifactRequest& request) override {
    return reader_->GetArtifact(request);
  }
  absl::StatusOr<StudyProgress> GetProgress(const GetProgressRequest& request) override {
    return reader_->GetProgress(request);
  }
  absl::StatusOr<BestTrialsResponse> BestTrials(const BestTrialsRequest& request) override {
    return reader_->BestTrials(request);
  }
  absl::StatusOr<ListWorkersResponse> ListWorkers(const ListWorkersRequest& request) override {
    return reader_->ListWorkers(request);
  }

 private:
  const std::string path_;
  const std::unique_ptr<StudyReader> reader_;
};

}  // namespace parzen
