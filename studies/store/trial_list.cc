// The trials of a study, page by page, by number or as a query wants them.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/study_reader.h"
#include "studies/store/trial_query_functions.h"

namespace parzen {
namespace {

constexpr int64_t kMaxPage = 1000;
// Trials can be large: a page ends at this size, though it has one trial at least.
constexpr size_t kMaxPageBytes = 2 << 20;

// Trials of a study that match a query, from a number on.
BoundSql WhichTrials(const ListTrialsRequest& request, const StoredStudy& study, const TrialQuerySql& query) {
  BoundSql sql;
  sql.Add("WHERE t.study_id = ").AddValue(study.study_id);
  sql.Add(" AND t.number >= ").AddValue(request.from_number());
  return sql.Add(" AND ").Add(query.condition).Add(" ORDER BY ").Add(query.order);
}

absl::Status CheckRequest(const ListTrialsRequest& request) {
  if (request.limit() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("limit is ", request.limit(), "; it must be 0 or more"));
  }
  if (request.offset() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("offset is ", request.offset(), "; it must be 0 or more"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TrialQueryColumns> StudyReader::QueryColumns(const StoredStudy& study) {
  RETURN_IF_ERROR(AddTrialQueryFunctions(database_));
  ASSIGN_OR_RETURN(const StudySummary outline, Summarize(study, /*digest=*/nullptr));
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  return TrialQueryColumns(database_, study, {outline.metric().begin(), outline.metric().end()}, ours);
}

absl::StatusOr<const std::vector<int64_t>*> StudyReader::SortedIds(const ListTrialsRequest& request,
                                                                   const StoredStudy& study,
                                                                   const TrialQuerySql& query) {
  ASSIGN_OR_RETURN(const int64_t others, store_.DataVersion());
  ASSIGN_OR_RETURN(Statement & changes, database_.Prepare("SELECT total_changes()"));
  int64_t own = 0;
  RETURN_IF_ERROR(changes.ForEach([&] {
    own = changes.Int(0);
    return absl::OkStatus();
  }));
  const std::string key = absl::StrCat(study.study_id, " ", request.from_number(), " ", others, " ", own, " ",
                                       request.query().SerializeAsString());
  if (key == sorted_request_) return &sorted_ids_;
  sorted_request_.clear();
  sorted_ids_.clear();
  BoundSql sql;
  sql.Add("SELECT t.trial_id FROM trials t ").Add(WhichTrials(request, study, query));
  ASSIGN_OR_RETURN(const std::unique_ptr<Statement> statement, database_.PrepareOnce(sql.text));
  BindValues(sql.values, *statement);
  RETURN_IF_ERROR(statement->ForEach([&] {
    sorted_ids_.push_back(statement->Int(0));
    return absl::OkStatus();
  }));
  sorted_request_ = key;
  return &sorted_ids_;
}

absl::StatusOr<std::vector<TrialRecord>> StudyReader::Matching(const ListTrialsRequest& request,
                                                               const StoredStudy& study, TrialParts parts,
                                                               int64_t limit) {
  ASSIGN_OR_RETURN(TrialQueryColumns columns, QueryColumns(study));
  ASSIGN_OR_RETURN(const TrialQuerySql query, CompileTrialQuery(request.query(), columns));
  TrialReader reader(database_, parts);
  const bool later_page = request.offset() > 0 && (!request.query().sort().empty() || request.query().descending());
  if (later_page) {
    ASSIGN_OR_RETURN(const std::vector<int64_t>* const ids, SortedIds(request, study, query));
    const size_t begin = std::min(static_cast<size_t>(request.offset()), ids->size());
    const size_t end = std::min(begin + static_cast<size_t>(limit), ids->size());
    return reader.ReadIds({ids->begin() + static_cast<int64_t>(begin), ids->begin() + static_cast<int64_t>(end)});
  }
  BoundSql sql;
  sql.Add(kTrialColumns).Add(" ").Add(WhichTrials(request, study, query));
  sql.Add(" LIMIT ").AddValue(limit).Add(" OFFSET ").AddValue(request.offset());
  ASSIGN_OR_RETURN(const std::unique_ptr<Statement> statement, database_.PrepareOnce(sql.text));
  BindValues(sql.values, *statement);
  return reader.ReadAll(*statement);
}

absl::StatusOr<ListTrialsResponse> StudyReader::ListTrials(const ListTrialsRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  RETURN_IF_ERROR(CheckRequest(request));
  const int64_t limit = std::min<int64_t>(request.has_limit() ? request.limit() : kMaxPage, kMaxPage);
  ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
  TrialParts parts;
  ASSIGN_OR_RETURN(parts.attempts, store_.HasParzenTables());
  parts.steps = request.steps();
  parts.distributions = request.distributions();
  parts.system_attributes = request.system_attributes();
  // One more tells whether there are more.
  ASSIGN_OR_RETURN(std::vector<TrialRecord> trials, Matching(request, study, parts, limit + 1));
  ListTrialsResponse page;
  page.set_more(trials.size() > static_cast<size_t>(limit));
  if (page.more()) trials.pop_back();
  size_t bytes = 0;
  for (TrialRecord& trial : trials) {
    bytes += trial.ByteSizeLong();
    if (bytes > kMaxPageBytes && page.trial_size() > 0) {
      page.set_more(true);
      break;
    }
    *page.add_trial() = std::move(trial);
  }
  return page;
}

}  // namespace parzen
