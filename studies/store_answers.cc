// Reading for people: studies at a glance and trials in full. Works on any file Optuna made, with or without our
// tables.
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "studies/distribution.h"
#include "studies/schema_sql.h"
#include "studies/store.h"
#include "studies/stored_constraints.h"
#include "studies/stored_value.h"
#include "studies/text_column.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

constexpr char kTrialColumns[] = "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials ";

// Reads the parts of trials that stand in other tables. One reader serves many trials: it remembers what distributions
// say.
class TrialReader {
 public:
  explicit TrialReader(Database& database, bool distributions = false)
      : database_(database), keeps_distributions_(distributions) {}

  // Parameters, values and attributes of each row of a query that selects kTrialColumns.
  absl::StatusOr<std::vector<TrialRecord>> ReadAll(Statement& query) {
    std::vector<TrialRecord> trials;
    RETURN_IF_ERROR(query.ForEach([&]() -> absl::Status {
      TrialRecord& trial = trials.emplace_back();
      trial.set_trial_id(query.Int(0));
      trial.set_number(query.Int(1));
      ASSIGN_OR_RETURN(const TrialState state, ParseTrialState(query.Text(2)));
      trial.set_state(state);
      trial.set_started(query.Text(3));
      trial.set_completed(query.Text(4));
      return absl::OkStatus();
    }));
    for (TrialRecord& trial : trials) {
      RETURN_IF_ERROR(ReadParameters(trial));
      RETURN_IF_ERROR(ReadValues(trial));
      RETURN_IF_ERROR(ReadAttributes(trial));
      RETURN_IF_ERROR(ReadConstraints(trial));
    }
    return trials;
  }

  absl::Status ReadSteps(TrialRecord& trial) {
    ASSIGN_OR_RETURN(Statement & query,
                     database_.Prepare("SELECT step, intermediate_value, intermediate_value_type "
                                       "FROM trial_intermediate_values WHERE trial_id = ? ORDER BY step"));
    return query.BindInt(1, trial.trial_id()).ForEach([&] {
      StepValue& step = *trial.add_step();
      step.set_step(query.Int(0));
      step.set_value(ReadTypedValue(query, 1));
      return absl::OkStatus();
    });
  }

  absl::Status ReadAttempts(TrialRecord& trial) {
    ASSIGN_OR_RETURN(
        Statement & query,
        database_.Prepare(
            "SELECT a.attempt, a.state, w.name, w.host, a.started, a.ended, a.reason FROM parzen_attempts a "
            "LEFT JOIN parzen_workers w ON w.worker_id = a.worker_id WHERE a.trial_id = ? ORDER BY a.attempt"));
    return query.BindInt(1, trial.trial_id()).ForEach([&] {
      AttemptRecord& attempt = *trial.add_attempt();
      attempt.set_attempt(static_cast<int32_t>(query.Int(0)));
      AttemptState state = OPEN;
      AttemptState_Parse(query.Text(1), &state);  // a CHECK constraint keeps the column to the enum's names
      attempt.set_state(state);
      attempt.set_worker(query.Text(2));
      attempt.set_host(query.Text(3));
      attempt.set_started(query.Text(4));
      attempt.set_ended(query.Text(5));
      attempt.set_reason(query.Text(6));
      return absl::OkStatus();
    });
  }

 private:
  absl::Status ReadParameters(TrialRecord& trial) {
    ASSIGN_OR_RETURN(Statement & query,
                     database_.Prepare("SELECT param_name, param_value, distribution_json FROM trial_params "
                                       "WHERE trial_id = ? ORDER BY param_id"));
    return query.BindInt(1, trial.trial_id()).ForEach([&] {
      NamedJson& parameter = *trial.add_parameter();
      parameter.set_name(query.Text(0));
      const std::string distribution_json = query.Text(2);
      parameter.set_json(ExternalJson(distribution_json, query.Double(1)));
      if (keeps_distributions_) trial.add_distribution(NewDistribution(parameter.name(), distribution_json));
      return absl::OkStatus();
    });
  }

  absl::Status ReadValues(TrialRecord& trial) {
    ASSIGN_OR_RETURN(
        Statement & query,
        database_.Prepare("SELECT value, value_type FROM trial_values WHERE trial_id = ? ORDER BY objective"));
    return query.BindInt(1, trial.trial_id()).ForEach([&] {
      trial.add_value(ReadTypedValue(query, 0));
      return absl::OkStatus();
    });
  }

  absl::Status ReadAttributes(TrialRecord& trial) {
    ASSIGN_OR_RETURN(Statement & query,
                     database_.Prepare("SELECT \"key\", value_json FROM trial_user_attributes WHERE trial_id = ? "
                                       "ORDER BY trial_user_attribute_id"));
    return query.BindInt(1, trial.trial_id()).ForEach([&] {
      NamedJson& attribute = *trial.add_user_attribute();
      attribute.set_name(query.Text(0));
      attribute.set_json(query.Text(1));
      return absl::OkStatus();
    });
  }

  absl::Status ReadConstraints(TrialRecord& trial) {
    ASSIGN_OR_RETURN(Statement & query,
                     database_.Prepare("SELECT \"key\", value_json FROM trial_system_attributes WHERE trial_id = ? "
                                       "AND \"key\" >= 'constraints' AND \"key\" < 'constraints;' "
                                       "ORDER BY trial_system_attribute_id"));
    return query.BindInt(1, trial.trial_id()).ForEach([&] {
      for (MetricValue& constraint : parzen::ReadConstraints(query.Text(0), query.Text(1))) {
        *trial.add_constraint() = std::move(constraint);
      }
      return absl::OkStatus();
    });
  }

  // Where the distribution is not understood, the number as stored is still better than nothing.
  std::string ExternalJson(const std::string& distribution_json, double internal) {
    auto known = distributions_.find(distribution_json);
    if (known == distributions_.end()) {
      absl::StatusOr<Distribution> read = DistributionFromJson(distribution_json);
      known = distributions_
                  .emplace(distribution_json,
                           read.ok() ? std::optional<Distribution>(*std::move(read)) : std::optional<Distribution>())
                  .first;
    }
    const std::optional<Distribution>& distribution = known->second;
    if (!distribution.has_value() || !Contains(*distribution, internal)) return JsonNumber(internal);
    return ValueToJson(*distribution, internal);
  }

  // "" when the last trial that had the parameter said the same.
  std::string NewDistribution(const std::string& parameter, const std::string& distribution_json) {
    std::string& last = last_distribution_[parameter];
    if (last == distribution_json) return "";
    return last = distribution_json;
  }

  Database& database_;
  const bool keeps_distributions_;
  std::map<std::string, std::optional<Distribution>> distributions_;  // by distribution_json
  std::map<std::string, std::string> last_distribution_;              // by parameter
};

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
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> best, TrialReader(database).ReadAll(query));
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

absl::StatusOr<StudySummary> Store::Summarize(const StoredStudy& study) {
  StudySummary summary;
  summary.set_study_id(study.study_id);
  summary.set_name(study.name);
  for (const Direction direction : study.directions) summary.add_direction(direction);
  if (study.spec.has_value()) *summary.mutable_spec() = *study.spec;
  for (const DatasetFile& file : study.files) *summary.add_file() = file;
  summary.set_budget(study.budget);
  RETURN_IF_ERROR(ReadMetricNames(database_, summary));
  RETURN_IF_ERROR(CountTrials(database_, summary));
  summary.set_finished(IsFinished(summary, study.space_finished));
  if (study.directions.size() == 1) RETURN_IF_ERROR(FindBest(database_, study.directions[0], summary));
  ASSIGN_OR_RETURN(const bool ours, HasParzenTables());
  if (ours) RETURN_IF_ERROR(ReadFinalResult(database_, summary));
  return summary;
}

absl::StatusOr<std::vector<StudySummary>> Store::SummarizeStudies() {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const std::vector<StoredStudy> studies, LoadStudies());
  std::vector<StudySummary> summaries;
  for (const StoredStudy& study : studies) {
    ASSIGN_OR_RETURN(StudySummary summary, Summarize(study));
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

absl::StatusOr<StudySummary> Store::SummarizeStudy(absl::string_view name) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const StoredStudy study, FindStudy(name));
  return Summarize(study);
}

absl::StatusOr<std::vector<TrialRecord>> Store::ListTrials(absl::string_view study, int64_t from_number, int32_t limit,
                                                           bool distributions) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  if (limit < 0) return absl::InvalidArgumentError(absl::StrCat("limit is ", limit, "; it must be 0 or more"));
  ASSIGN_OR_RETURN(const StoredStudy found, FindStudy(study));
  ASSIGN_OR_RETURN(
      Statement & query,
      database_.Prepare(absl::StrCat(kTrialColumns, "WHERE study_id = ? AND number >= ? ORDER BY number LIMIT ?")));
  query.BindAll({found.study_id, from_number, limit});
  TrialReader reader(database_, distributions);
  ASSIGN_OR_RETURN(std::vector<TrialRecord> trials, reader.ReadAll(query));
  ASSIGN_OR_RETURN(const bool ours, HasParzenTables());
  for (TrialRecord& trial : trials) {
    if (ours) RETURN_IF_ERROR(reader.ReadAttempts(trial));
  }
  return trials;
}

absl::StatusOr<TrialRecord> Store::GetTrial(absl::string_view study, int64_t number) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const StoredStudy found, FindStudy(study));
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare(absl::StrCat(kTrialColumns, "WHERE study_id = ? AND number = ?")));
  query.BindAll({found.study_id, number});
  TrialReader reader(database_);
  ASSIGN_OR_RETURN(std::vector<TrialRecord> trials, reader.ReadAll(query));
  if (trials.empty()) {
    ASSIGN_OR_RETURN(Statement & last, database_.Prepare("SELECT max(number) FROM trials WHERE study_id = ?"));
    std::string known = "has no trial yet";
    RETURN_IF_ERROR(last.BindInt(1, found.study_id).ForEach([&] {
      if (!last.IsNull(0)) known = absl::StrCat("has trials 0 to ", last.Int(0));
      return absl::OkStatus();
    }));
    return absl::NotFoundError(absl::StrCat("no trial ", number, ": study \"", study, "\" ", known));
  }
  RETURN_IF_ERROR(reader.ReadSteps(trials[0]));
  ASSIGN_OR_RETURN(const bool ours, HasParzenTables());
  if (ours) RETURN_IF_ERROR(reader.ReadAttempts(trials[0]));
  return std::move(trials[0]);
}

}  // namespace parzen
