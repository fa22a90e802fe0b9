// Studies at a glance.
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "studies/store/study_reader.h"
#include "studies/store/text_column.h"
#include "studies/store/trial_reader.h"

namespace parzen {
namespace {

absl::Status ReadBest(Database& database, int64_t trial_id, bool ours, StudySummary& summary) {
  ASSIGN_OR_RETURN(Statement & query, database.Prepare(absl::StrCat(kTrialColumns, "WHERE t.trial_id = ?")));
  query.BindInt(1, trial_id);
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> best, TrialReader(database, {.attempts = ours}).ReadAll(query));
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

StudyDigests& StudyReader::UsableDigests() {
  if (!database_.InTransaction()) return digests_;
  unsettled_.Clear();
  return unsettled_;
}

absl::StatusOr<StoredStudy> StudyReader::FindStudy(const std::string& name) {
  absl::StatusOr<StoredStudy> study = store_.FindStudy(name);
  if (absl::IsNotFound(study.status())) digests_.Drop(name);
  return study;
}

absl::StatusOr<StudySummary> StudyReader::Summarize(const StoredStudy& study, const StudyDigest* digest) {
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
  if (digest == nullptr) return summary;
  digest->Describe(summary);
  if (ours && summary.waiting() > 0) {
    ASSIGN_OR_RETURN(const int64_t paused, store_.CountPaused(study.study_id));
    if (paused > 0) summary.set_paused(paused);
  }
  summary.set_finished(IsFinished(summary, study.space_finished));
  if (study.directions.size() == 1 && digest->best().has_value()) {
    RETURN_IF_ERROR(ReadBest(database_, *digest->best(), ours, summary));
  }
  return summary;
}

absl::StatusOr<ListStudiesResponse> StudyReader::ListStudies(const ListStudiesRequest& request) {
  StudyDigests& digests = UsableDigests();
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const std::vector<StoredStudy> studies, store_.LoadStudies());
  digests.KeepOnly(studies);
  ListStudiesResponse response;
  for (const StoredStudy& study : studies) {
    const StudyDigest* digest = nullptr;
    if (!request.outline()) {
      ASSIGN_OR_RETURN(digest, digests.Of(store_, study));
    }
    ASSIGN_OR_RETURN(*response.add_study(), Summarize(study, digest));
  }
  return response;
}

absl::StatusOr<StudySummary> StudyReader::GetStudy(const GetStudyRequest& request) {
  StudyDigests& digests = UsableDigests();
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const StoredStudy study, FindStudy(request.study()));
  const StudyDigest* digest = nullptr;
  if (!request.outline()) {
    ASSIGN_OR_RETURN(digest, digests.Of(store_, study));
  }
  ASSIGN_OR_RETURN(StudySummary summary, Summarize(study, digest));
  if (request.system_attributes()) {
    RETURN_IF_ERROR(ReadStudyAttributes(database_,
                                        "SELECT \"key\", value_json FROM study_system_attributes WHERE study_id = ? "
                                        "ORDER BY study_system_attribute_id",
                                        study.study_id, *summary.mutable_system_attribute()));
  }
  return summary;
}

}  // namespace parzen
