#include "studies/store/study_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/trial_reader.h"

namespace parzen {
namespace {

constexpr int32_t kMaxPage = 1000;

}  // namespace

absl::StatusOr<std::unique_ptr<StudyReader>> StudyReader::Open(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(path, Store::Mode::kReadOnly));
  return std::unique_ptr<StudyReader>(new StudyReader(std::move(store)));
}

absl::StatusOr<ListTrialsResponse> StudyReader::ListTrials(const ListTrialsRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  if (request.limit() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("limit is ", request.limit(), "; it must be 0 or more"));
  }
  const int32_t limit = std::min(request.has_limit() ? request.limit() : kMaxPage, kMaxPage);
  ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
  ASSIGN_OR_RETURN(
      Statement & query,
      database_.Prepare(absl::StrCat(kTrialColumns, "WHERE study_id = ? AND number >= ? ORDER BY number LIMIT ?")));
  query.BindAll({study.study_id, request.from_number(), limit + 1});  // one more tells whether there are more
  TrialReader reader(database_, request.distributions());
  ASSIGN_OR_RETURN(std::vector<TrialRecord> trials, reader.ReadAll(query));
  ListTrialsResponse page;
  page.set_more(trials.size() > static_cast<size_t>(limit));
  if (page.more()) trials.pop_back();
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  for (TrialRecord& trial : trials) {
    if (ours) RETURN_IF_ERROR(reader.ReadAttempts(trial));
    if (request.steps()) RETURN_IF_ERROR(reader.ReadSteps(trial));
    if (request.system_attributes()) RETURN_IF_ERROR(reader.ReadSystemAttributes(trial));
    *page.add_trial() = std::move(trial);
  }
  return page;
}

absl::StatusOr<TrialRecord> StudyReader::GetTrial(const GetTrialRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare(absl::StrCat(kTrialColumns, "WHERE study_id = ? AND number = ?")));
  query.BindAll({study.study_id, request.number()});
  TrialReader reader(database_);
  ASSIGN_OR_RETURN(std::vector<TrialRecord> trials, reader.ReadAll(query));
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
  RETURN_IF_ERROR(reader.ReadSteps(trials[0]));
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  if (ours) RETURN_IF_ERROR(reader.ReadAttempts(trials[0]));
  return std::move(trials[0]);
}

}  // namespace parzen
