#include "studies/store/study_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/trial_reader.h"

namespace parzen {
absl::StatusOr<std::unique_ptr<StudyReader>> StudyReader::Open(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(path, Store::Mode::kReadOnly));
  return std::unique_ptr<StudyReader>(new StudyReader(std::move(store)));
}

absl::StatusOr<std::vector<DatasetFile>> StudyReader::DatasetFiles(const std::string& sha256) {
  std::vector<DatasetFile> files;
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  if (!ours) return files;
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT name, path, sha256, bytes FROM parzen_files WHERE ?1 = '' OR "
                                     "lower(sha256) = ?1 ORDER BY study_id, position"));
  query.BindAll({sha256});
  RETURN_IF_ERROR(query.ForEach([&] {
    DatasetFile& file = files.emplace_back();
    file.set_name(query.Text(0));
    file.set_path(query.Text(1));
    file.set_sha256(query.Text(2));
    file.set_bytes(query.Int(3));
    return absl::OkStatus();
  }));
  return files;
}

absl::StatusOr<TrialRecord> StudyReader::GetTrial(const GetTrialRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare(absl::StrCat(kTrialColumns, "WHERE study_id = ? AND number = ?")));
  query.BindAll({study.study_id, request.number()});
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  const TrialParts everything = {ours, true, true, true, ours};
  ASSIGN_OR_RETURN(std::vector<TrialRecord> trials, TrialReader(database_, everything).ReadAll(query));
  if (trials.empty()) {
    ASSIGN_OR_RETURN(Statement & last, database_.Prepare("SELECT max(number) FROM trials WHERE study_id = ?"));
    std::string known = "has no trial yet";
    RETURN_IF_ERROR(last.BindInt(1, study.study_id).ForEach([&] {
      if (!last.IsNull(0)) known = absl::StrCat("has trials 0 to ", last.Int(0));
      return absl::OkStatus();
    }));
    return absl::NotFoundError(
        absl::StrCat("no trial ", request.number(), ": study \"", request.study(), "\" ", known));
  }
  return std::move(trials[0]);
}

}  // namespace parzen
