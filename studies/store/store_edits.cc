// What edits of studies and trials need: small looks at a trial, of any study.
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/store.h"
#include "studies/store/stored_params.h"
#include "studies/trial_state.h"

namespace parzen {

absl::StatusOr<std::array<int64_t, TrialState_ARRAYSIZE>> Store::CountTrials(int64_t study_id) {
  std::array<int64_t, TrialState_ARRAYSIZE> counts = {};
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT state, count(*) FROM trials WHERE study_id = ? GROUP BY state"));
  RETURN_IF_ERROR(query.BindInt(1, study_id).ForEach([&]() -> absl::Status {
    ASSIGN_OR_RETURN(const TrialState state, ParseTrialState(query.Text(0)));
    counts[state] = query.Int(1);
    return absl::OkStatus();
  }));
  return counts;
}

absl::StatusOr<int64_t> Store::CountComing(int64_t study_id) {
  int64_t count = 0;
  ASSIGN_OR_RETURN(
      Statement & query,
      database_.Prepare(
          "SELECT count(*) FROM trials t INDEXED BY parzen_trials_unfinished WHERE t.study_id = ? "
          "AND t.state IN ('RUNNING', 'WAITING') AND t.number IS NOT NULL AND CASE t.state WHEN 'RUNNING' THEN "
          "EXISTS (SELECT 1 FROM parzen_attempts a WHERE a.trial_id = t.trial_id AND a.state = 'OPEN' "
          "AND a.started = t.datetime_start) ELSE EXISTS (SELECT 1 FROM trial_params p WHERE p.trial_id = t.trial_id) "
          "OR EXISTS (SELECT 1 FROM trial_system_attributes s WHERE s.trial_id = t.trial_id AND "
          "s.\"key\" = 'fixed_params') END"));
  RETURN_IF_ERROR(query.BindInt(1, study_id).ForEach([&] {
    count = query.Int(0);
    return absl::OkStatus();
  }));
  return count;
}

absl::StatusOr<int64_t> Store::CountPaused(int64_t study_id) {
  int64_t count = 0;
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT count(*) FROM parzen_progress p JOIN trials t ON t.trial_id = p.trial_id "
                                     "WHERE t.study_id = ? AND t.state = 'WAITING' AND NOT p.promoted"));
  RETURN_IF_ERROR(query.BindInt(1, study_id).ForEach([&] {
    count = query.Int(0);
    return absl::OkStatus();
  }));
  return count;
}

absl::StatusOr<TrialRow> Store::FindTrial(const StoredStudy& study, int64_t number) {
  std::optional<TrialRow> found;
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT trial_id, state FROM trials WHERE study_id = ? AND number = ?"));
  RETURN_IF_ERROR(query.BindInt(1, study.study_id).BindInt(2, number).ForEach([&]() -> absl::Status {
    ASSIGN_OR_RETURN(const TrialState state, ParseTrialState(query.Text(1)));
    found = TrialRow{query.Int(0), number, state};
    return absl::OkStatus();
  }));
  if (found.has_value()) return *found;
  ASSIGN_OR_RETURN(Statement & last, database_.Prepare("SELECT max(number) FROM trials WHERE study_id = ?"));
  std::string known = "it has none yet";
  RETURN_IF_ERROR(last.BindInt(1, study.study_id).ForEach([&] {
    if (!last.IsNull(0)) known = absl::StrCat("its trials are 0 to ", last.Int(0));
    return absl::OkStatus();
  }));
  return absl::NotFoundError(absl::StrCat("study \"", study.name, "\" has no trial ", number, "; ", known));
}

absl::StatusOr<std::optional<StoredAttempt>> Store::FindOpenAttempt(int64_t trial_id) {
  std::optional<std::string> token;
  ASSIGN_OR_RETURN(const bool ours, HasParzenTables());
  if (!ours) return std::optional<StoredAttempt>();
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT token FROM parzen_attempts WHERE trial_id = ? AND state = 'OPEN'"));
  RETURN_IF_ERROR(query.BindInt(1, trial_id).ForEach([&] {
    token = query.Text(0);
    return absl::OkStatus();
  }));
  if (!token.has_value()) return std::optional<StoredAttempt>();
  return FindAttemptByToken(*token);
}

absl::StatusOr<int64_t> Store::CountWorkersCrashed(int64_t trial_id) {
  int64_t count = 0;
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT count(DISTINCT worker_id) FROM parzen_attempts WHERE trial_id = ? AND "
                                     "state = 'CRASHED'"));
  RETURN_IF_ERROR(query.BindInt(1, trial_id).ForEach([&] {
    count = query.Int(0);
    return absl::OkStatus();
  }));
  return count;
}

absl::StatusOr<bool> Store::HasEvent(int64_t study_id, int64_t trial_id, absl::string_view kind,
                                     absl::string_view begins) {
  bool found = false;
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT EXISTS (SELECT 1 FROM parzen_events WHERE study_id = ?1 AND trial_id = ?2 "
                                     "AND kind = ?3 AND substr(detail, 1, length(?4)) = ?4)"));
  query.BindAll({study_id, trial_id, kind, begins});
  RETURN_IF_ERROR(query.ForEach([&] {
    found = query.Int(0) != 0;
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::string> Store::ClusterId() {
  std::string id;
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare("SELECT cluster_id FROM parzen_cluster"));
  RETURN_IF_ERROR(query.ForEach([&] {
    id = query.Text(0);
    return absl::OkStatus();
  }));
  return id;
}

absl::StatusOr<std::optional<std::pair<int64_t, int64_t>>> Store::FindRequest(absl::string_view request_id) {
  std::optional<std::pair<int64_t, int64_t>> found;
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT study_id, number FROM parzen_requests WHERE request_id = ?"));
  RETURN_IF_ERROR(query.BindText(1, request_id).ForEach([&] {
    found.emplace(query.Int(0), query.Int(1));
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<bool> Store::IsDraining(absl::string_view worker_id) {
  bool draining = false;
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare("SELECT draining FROM parzen_workers WHERE worker_id = ?"));
  RETURN_IF_ERROR(query.BindText(1, worker_id).ForEach([&] {
    draining = query.Int(0) != 0;
    return absl::OkStatus();
  }));
  return draining;
}

absl::StatusOr<std::string> Store::WorkerName(absl::string_view worker_id) {
  std::string name;
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare("SELECT name FROM parzen_workers WHERE worker_id = ?"));
  RETURN_IF_ERROR(query.BindText(1, worker_id).ForEach([&] {
    name = query.Text(0);
    return absl::OkStatus();
  }));
  return name;
}

absl::StatusOr<std::optional<std::string>> Store::FindSystemAttribute(int64_t trial_id, absl::string_view key) {
  std::optional<std::string> json;
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare("SELECT value_json FROM trial_system_attributes "
                                                        "WHERE trial_id = ? AND \"key\" = ?"));
  RETURN_IF_ERROR(query.BindInt(1, trial_id).BindText(2, key).ForEach([&] {
    json = query.Text(0);
    return absl::OkStatus();
  }));
  return json;
}

absl::StatusOr<int64_t> Store::CountIntermediateValues(int64_t trial_id) {
  int64_t count = 0;
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT count(*) FROM trial_intermediate_values WHERE trial_id = ?"));
  RETURN_IF_ERROR(query.BindInt(1, trial_id).ForEach([&] {
    count = query.Int(0);
    return absl::OkStatus();
  }));
  return count;
}

absl::StatusOr<TrialRow> Store::EnqueueTrial(int64_t study_id, absl::string_view fixed_params) {
  // Optuna numbers a trial with the count of those before it; without gaps that is the last one's number and one.
  RETURN_IF_ERROR(
      Write("INSERT INTO trials (number, study_id, state) SELECT coalesce(max(number) + 1, 0), ?1, "
            "'WAITING' FROM trials WHERE study_id = ?1",
            {study_id}));
  TrialRow row{database_.LastInsertId(), 0, WAITING};
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare("SELECT number FROM trials WHERE trial_id = ?"));
  RETURN_IF_ERROR(query.BindInt(1, row.trial_id).ForEach([&] {
    row.number = query.Int(0);
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(SetTrialSystemAttribute(row.trial_id, kFixedParamsKey, fixed_params));
  return row;
}

}  // namespace parzen
