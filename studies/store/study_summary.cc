// Studies at a glance.
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "studies/store/schema_sql.h"
#include "studies/store/study_reader.h"
#include "studies/store/text_column.h"
#include "studies/store/trial_reader.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

// Counts of trials by state, and the first start and last end.
absl::Status CountTrials(Database& database, StudySummary& summary) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT state, count(*), min(datetime_start), max(datetime_complete) "
                                    "FROM trials WHERE study_id = ? GROUP BY state"));
  int64_t counts[TrialState_ARRAYSIZE] = {};
  RETURN_IF_ERROR(query.BindInt(1, summary.study_id()).ForEach([&]() -> absl::Status {
    ASSIGN_OR_RETURN(const TrialState state, ParseTrialState(query.Text(0)));
    counts[state] = query.Int(1);
    const std::string started = query.Text(2), completed = query.Text(3);
    if (!started.empty() && (summary.started().empty() || started < summary.started())) summary.set_started(started);
    if (completed > summary.last_completed()) summary.set_last_completed(completed);
    return absl::OkStatus();
  }));
  summary.set_waiting(counts[WAITING]);
  summary.set_running(counts[RUNNING]);
  summary.set_complete(counts[COMPLETE]);
  summary.set_pruned(counts[PRUNED]);
  summary.set_failed(counts[FAIL]);
  return absl::OkStatus();
}

// The best complete trial that keeps all constraints; of equals the oldest.
absl::Status FindBest(Database& database, Direction direction, StudySummary& summary) {
  constexpr char kBest[] =
      "SELECT t.trial_id, t.number, t.state, t.datetime_start, t.datetime_complete FROM trials t "
      "JOIN trial_values v ON v.trial_id = t.trial_id AND v.objective = 0 "
      "WHERE t.study_id = ? AND t.state = 'COMPLETE' AND t.number IS NOT NULL AND NOT EXISTS "
      "(SELECT 1 FROM trial_system_attributes a WHERE a.trial_id = t.trial_id AND ";
  constexpr char kOrder[] =
      ") ORDER BY CASE v.value_type WHEN 'INF_POS' THEN 9e999 WHEN 'INF_NEG' THEN -9e999 ELSE v.value END ";
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare(absl::StrCat(kBest, kBreaksConstraintSql, kOrder,
                                                 direction == MAXIMIZE ? "DESC" : "ASC", ", t.number LIMIT 1")));
  query.BindInt(1, summary.study_id());
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> best, TrialReader(database, TrialParts()).ReadAll(query));
  if (!best.empty()) *summary.mutable_best() = best[0];
  return absl::OkStatus();
}

// Names that Optuna's Study.set_metric_names left, which CreateStudy writes too.
absl::Status ReadMetricNames(Database& database, StudySummary& summary) {
  ASSIGN_OR_RETURN(Statement & query, database.Prepare("SELECT value_json FROM study_system_attributes "
                                                       "WHERE study_id = ? AND \"key\" = 'study:metric_names'"));
  return query.BindInt(1, summary.study_id()).ForEach([&] {
    const nlohmann::json names = nlohmann::json::parse(query.Text(0), nullptr, /*allow_exceptions=*/false);
    if (!names.is_array()) return absl::OkStatus();
    for (const nlohmann::json& name : names) {
      summary.add_metric(name.is_string() ? name.get<std::string>() : "");
    }
    return absl::OkStatus();
  });
}

// What a query of the study's names and JSON values finds.
absl::Status ReadStudyAttributes(Database& database, absl::string_view sql, int64_t study_id,
                                 google::protobuf::RepeatedPtrField<NamedJson>& attributes) {
  ASSIGN_OR_RETURN(Statement & query, database.Prepare(sql));
  return query.BindInt(1, study_id).ForEach([&] {
    NamedJson& attribute = *attributes.Add();
    attribute.set_name(query.Text(0));
    attribute.set_json(query.Text(1));
    return absl::OkStatus();
  });
}

absl::Status ReadFinalResult(Database& database, StudySummary& summary) {
  ASSIGN_OR_RETURN(Statement & query, database.Prepare("SELECT final_result FROM parzen_studies WHERE study_id = ?"));
  return query.BindInt(1, summary.study_id()).ForEach([&] {
    if (query.IsNull(0)) return absl::OkStatus();
    return ParseTextColumn(query.Text(0), absl::StrCat("the final result of study \"", summary.name(), "\""),
                           *summary.mutable_final());
  });
}

bool IsFinished(const StudySummary& summary, bool space_finished) {
  const int64_t final = summary.complete() + summary.pruned() + summary.failed();
  if (summary.budget() > 0 && final >= summary.budget()) return true;
  return space_finished && summary.running() == 0 && summary.waiting() == 0;
}

}  // namespace

absl::StatusOr<StudySummary> StudyReader::Summarize(const StoredStudy& study, bool outline) {
  StudySummary summary;
  summary.set_study_id(study.study_id);
  summary.set_name(study.name);
  for (const Direction direction : study.directions) summary.add_direction(direction);
  if (study.spec.has_value()) *summary.mutable_spec() = *study.spec;
  for (const DatasetFile& file : study.files) *summary.add_file() = file;
  summary.set_budget(study.budget);
  if (study.stopped) summary.set_stopped(true);
  RETURN_IF_ERROR(ReadMetricNames(database_, summary));
  RETURN_IF_ERROR(ReadStudyAttributes(database_,
                                      "SELECT \"key\", value_json FROM study_user_attributes WHERE study_id = ? "
                                      "ORDER BY study_user_attribute_id",
                                      study.study_id, *summary.mutable_user_attribute()));
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  if (ours) RETURN_IF_ERROR(ReadFinalResult(database_, summary));
  if (outline) return summary;
  RETURN_IF_ERROR(CountTrials(database_, summary));
  summary.set_finished(IsFinished(summary, study.space_finished));
  if (study.directions.size() == 1) RETURN_IF_ERROR(FindBest(database_, study.directions[0], summary));
  return summary;
}

absl::StatusOr<ListStudiesResponse> StudyReader::ListStudies(const ListStudiesRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const std::vector<StoredStudy> studies, store_.LoadStudies());
  ListStudiesResponse response;
  for (const StoredStudy& study : studies) {
    ASSIGN_OR_RETURN(*response.add_study(), Summarize(study, request.outline()));
  }
  return response;
}

absl::StatusOr<StudySummary> StudyReader::GetStudy(const GetStudyRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const StoredStudy study, store_.FindStudy(request.study()));
  ASSIGN_OR_RETURN(StudySummary summary, Summarize(study, request.outline()));
  if (request.system_attributes()) {
    RETURN_IF_ERROR(ReadStudyAttributes(database_,
                                        "SELECT \"key\", value_json FROM study_system_attributes WHERE study_id = ? "
                                        "ORDER BY study_system_attribute_id",
                                        study.study_id, *summary.mutable_system_attribute()));
  }
  return summary;
}

}  // namespace parzen
