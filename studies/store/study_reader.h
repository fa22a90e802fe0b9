// Answers to people's questions about a study database, as the messages that both the command line and the RPCs speak.
// Works on any file Optuna made, with or without our tables.
//
// Each answer is of one moment. Threads: externally synchronised. Errors: as query.proto and store.h say; the bounds of
// query.proto are enforced here.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"
#include "studies/store/store.h"
#include "studies/store/study_digest.h"
#include "studies/store/trial_query.h"
#include "studies/store/trial_reader.h"

namespace parzen {

class StudyReader {
 public:
  // With a connection of its own, which never waits for a writer. Errors: as Store::Open.
  static absl::StatusOr<std::unique_ptr<StudyReader>> Open(const std::string& path);
  // Through the connection of `store`, whose open transaction's writes it sees. Borrows.
  explicit StudyReader(Store& store) : store_(store), database_(store.database()) {}

  // As Store::Reopen.
  absl::Status Reopen() { return store_.Reopen(); }
  void Close() { store_.Close(); }
  // Asked often while an answer is looked for, until it is set anew: false ends the search, Cancelled.
  void SetGoesOn(std::function<bool()> goes_on) { database_.SetGoesOn(std::move(goes_on)); }

  absl::StatusOr<ListStudiesResponse> ListStudies(const ListStudiesRequest& request);
  absl::StatusOr<StudySummary> GetStudy(const GetStudyRequest& request);
  absl::StatusOr<ListTrialsResponse> ListTrials(const ListTrialsRequest& request);
  absl::StatusOr<TrialRecord> GetTrial(const GetTrialRequest& request);
  absl::StatusOr<ListArtifactsResponse> ListArtifacts(const ListArtifactsRequest& request);
  absl::StatusOr<ArtifactPart> GetArtifact(const GetArtifactRequest& request);
  absl::StatusOr<StudyProgress> GetProgress(const GetProgressRequest& request);
  absl::StatusOr<BestTrialsResponse> BestTrials(const BestTrialsRequest& request);
  absl::StatusOr<ListWorkersResponse> ListWorkers(const ListWorkersRequest& request);
  // What the database says of the coordinator that owns it, or did last; the rest only that itself knows.
  absl::StatusOr<CoordinatorRecord> GetCoordinator(const GetCoordinatorRequest& request);
  // The dataset files that studies name: those with this SHA-256, or all when it is empty; by study.
  absl::StatusOr<std::vector<DatasetFile>> DatasetFiles(const std::string& sha256);

 private:
  explicit StudyReader(std::unique_ptr<Store> store)
      : owned_(std::move(store)), store_(*owned_), database_(store_.database()) {}

  absl::StatusOr<StoredStudy> FindStudy(const std::string& name);
  // `digest`: absent for an outline.
  absl::StatusOr<StudySummary> Summarize(const StoredStudy& study, const StudyDigest* digest);
  // The digests that last. While a transaction is open, whose writes may yet be undone: empty ones for this answer.
  StudyDigests& UsableDigests();
  // The columns that a query may name. Borrows the study.
  absl::StatusOr<TrialQueryColumns> QueryColumns(const StoredStudy& study);
  // The trials that a request with a query wants, and one more if there are more.
  absl::StatusOr<std::vector<TrialRecord>> Matching(const ListTrialsRequest& request, const StoredStudy& study,
                                                    TrialParts parts, int64_t limit);
  // The ids of all trials that match a sorted query, in its order: the later pages of a listing are taken from them, so
  // that not each is sorted anew.
  absl::StatusOr<const std::vector<int64_t>*> SortedIds(const ListTrialsRequest& request, const StoredStudy& study,
                                                        const TrialQuerySql& query);

  const std::unique_ptr<Store> owned_;  // absent when the store is borrowed
  Store& store_;
  Database& database_;
  StudyDigests digests_;
  StudyDigests unsettled_;
  std::string sorted_request_;  // the request, and the moment, that sorted_ids_ are of
  std::vector<int64_t> sorted_ids_;
};

}  // namespace parzen
