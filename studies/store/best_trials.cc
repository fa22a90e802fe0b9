// The best trials of a study: the first by value, or the Pareto front.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/pareto.h"
#include "studies/store/schema_sql.h"
#include "studies/store/study_reader.h"
#include "studies/store/trial_reader.h"

namespace parzen {
namespace {

constexpr int64_t kMaxBest = 1000;

// Complete trials of study ?1 ...
constexpr char kComplete[] = "t.study_id = ?1 AND t.state = 'COMPLETE' AND t.number IS NOT NULL ";
// ... of which this is true when they break a constraint.
std::string BreaksConstraint() {
  return absl::StrCat("EXISTS (SELECT 1 FROM trial_system_attributes a WHERE a.trial_id = t.trial_id AND ",
                      kBreaksConstraintSql, ")");
}

constexpr char kValueOrder[] =
    "CASE v.value_type WHEN 'INF_POS' THEN 9e999 WHEN 'INF_NEG' THEN -9e999 ELSE v.value END";

absl::StatusOr<std::vector<TrialRecord>> FirstByValue(Database& database, const StoredStudy& study, TrialParts parts,
                                                      int64_t limit) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare(absl::StrCat(
                       kTrialColumns, "JOIN trial_values v ON v.trial_id = t.trial_id AND v.objective = 0 WHERE ",
                       kComplete, "AND NOT ", BreaksConstraint(), " ORDER BY ", kValueOrder,
                       study.directions[0] == MAXIMIZE ? " DESC" : " ASC", ", t.number LIMIT ?2")));
  query.BindAll({study.study_id, limit});
  return TrialReader(database, parts).ReadAll(query);
}

// The trial_ids of the front, by number.
absl::StatusOr<std::vector<int64_t>> Front(Database& database, const StoredStudy& study) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare(absl::StrCat(
                       "SELECT t.trial_id, ", kValueOrder,
                       ", v.objective FROM trials t JOIN trial_values v ON v.trial_id = t.trial_id WHERE ", kComplete,
                       "AND NOT ", BreaksConstraint(), " ORDER BY t.number, t.trial_id, v.objective")));
  std::vector<int64_t> ids;
  std::vector<std::vector<double>> points;
  RETURN_IF_ERROR(query.BindInt(1, study.study_id).ForEach([&] {
    if (ids.empty() || ids.back() != query.Int(0)) {
      ids.push_back(query.Int(0));
      points.emplace_back();
    }
    const int64_t objective = query.Int(2);
    const bool expected = objective == static_cast<int64_t>(points.back().size()) && !query.IsNull(1);
    if (!expected || points.back().size() >= study.directions.size()) return absl::OkStatus();
    const double sign = study.directions[points.back().size()] == MAXIMIZE ? -1 : 1;
    points.back().push_back(sign * query.Double(1));
    return absl::OkStatus();
  }));
  std::vector<int64_t> whole_ids;
  std::vector<std::vector<double>> whole_points;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (points[i].size() != study.directions.size()) continue;  // another program left values out
    whole_ids.push_back(ids[i]);
    whole_points.push_back(std::move(points[i]));
  }
  ASSIGN_OR_RETURN(const std::vector<size_t> front,
                   FirstFront(whole_points, [&database] { return database.CheckGoesOn(); }));
  std::vector<int64_t> front_ids;
  for (const size_t i : front) front_ids.push_back(whole_ids[i]);
  return front_ids;
}

}  // namespace

absl::StatusOr<BestTrialsResponse> StudyReader::BestTrials(const BestTrialsRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  if (request.limit() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("limit is ", request.limit(), "; it must be 0 or more"));
  }
  ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
  TrialParts parts;
  ASSIGN_OR_RETURN(parts.attempts, store_.HasParzenTables());
  const bool single = study.directions.size() == 1;
  const int64_t limit = std::min<int64_t>(request.has_limit() ? request.limit() : (single ? 1 : kMaxBest), kMaxBest);
  ASSIGN_OR_RETURN(Statement & counts,
                   database_.Prepare(absl::StrCat("SELECT count(*), coalesce(sum(", BreaksConstraint(),
                                                  "), 0) FROM trials t WHERE ", kComplete)));
  BestTrialsResponse response;
  RETURN_IF_ERROR(counts.BindInt(1, study.study_id).ForEach([&] {
    response.set_infeasible(counts.Int(1));
    response.set_candidates(counts.Int(0) - counts.Int(1));
    return absl::OkStatus();
  }));
  std::vector<TrialRecord> trials;
  if (single) {
    ASSIGN_OR_RETURN(trials, FirstByValue(database_, study, parts, limit));
  } else {
    ASSIGN_OR_RETURN(std::vector<int64_t> front, Front(database_, study));
    response.set_candidates(static_cast<int64_t>(front.size()));
    front.resize(std::min(front.size(), static_cast<size_t>(limit)));
    ASSIGN_OR_RETURN(trials, TrialReader(database_, parts).ReadIds(front));
  }
  for (TrialRecord& trial : trials) *response.add_trial() = std::move(trial);
  return response;
}

}  // namespace parzen
