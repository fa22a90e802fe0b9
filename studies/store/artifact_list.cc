// What is kept with a trial beside its metrics.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/study_reader.h"

namespace parzen {
namespace {

constexpr int kMostArtifacts = 1000;
constexpr int64_t kPartBytes = 1 << 20;

ArtifactRecord ToRecord(const Statement& row) {
  ArtifactRecord artifact;
  artifact.set_name(row.Text(0));
  artifact.set_media_type(row.Text(1));
  artifact.set_bytes(row.Int(2));
  return artifact;
}

}  // namespace

absl::StatusOr<ListArtifactsResponse> StudyReader::ListArtifacts(const ListArtifactsRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ListArtifactsResponse response;
  ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
  ASSIGN_OR_RETURN(const TrialRow trial, store_.FindTrial(study, request.number()));
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  if (!ours) return response;
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT name, media_type, length(bytes) FROM parzen_artifacts WHERE trial_id = ? "
                                     "ORDER BY name LIMIT ?"));
  RETURN_IF_ERROR(query.BindInt(1, trial.trial_id).BindInt(2, kMostArtifacts).ForEach([&] {
    *response.add_artifact() = ToRecord(query);
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<ArtifactPart> StudyReader::GetArtifact(const GetArtifactRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
  ASSIGN_OR_RETURN(const TrialRow trial, store_.FindTrial(study, request.number()));
  ArtifactPart part;
  int64_t artifact_id = 0;
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  if (ours) {
    ASSIGN_OR_RETURN(Statement & query,
                     database_.Prepare("SELECT name, media_type, length(bytes), artifact_id FROM parzen_artifacts "
                                       "WHERE trial_id = ? AND name = ?"));
    RETURN_IF_ERROR(query.BindInt(1, trial.trial_id).BindText(2, request.name()).ForEach([&] {
      *part.mutable_artifact() = ToRecord(query);
      artifact_id = query.Int(3);
      return absl::OkStatus();
    }));
  }
  if (!part.has_artifact()) {
    return absl::NotFoundError(absl::StrCat("trial ", request.number(), " has no artifact \"", request.name(), "\""));
  }
  const int64_t all = part.artifact().bytes();
  if (request.offset() < 0 || request.offset() > all) {
    return absl::NotFoundError(absl::StrCat("artifact \"", request.name(), "\" of trial ", request.number(), " has ",
                                            all, " bytes, and none at ", request.offset()));
  }
  const int64_t wanted = std::min(all - request.offset(), kPartBytes);
  if (wanted == 0) return part;
  ASSIGN_OR_RETURN(*part.mutable_data(),
                   database_.ReadBlob("parzen_artifacts", "bytes", artifact_id, request.offset(), wanted));
  return part;
}

}  // namespace parzen
