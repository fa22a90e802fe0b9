// Writing trials, workers, attempts and events.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/store.h"
#include "studies/store/stored_params.h"
#include "studies/store/stored_value.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

// At most kMaxTextBytes of the text, without half a UTF-8 character at the end.
absl::string_view Cut(absl::string_view text) {
  if (text.size() <= kMaxTextBytes) return text;
  size_t end = kMaxTextBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

absl::Status CheckValues(int64_t number, TrialState to, const std::vector<double>& values, int64_t objectives) {
  const bool may_be_absent = to != COMPLETE;
  const bool may_be_present = to == COMPLETE || to == PRUNED;
  if (values.empty() ? !may_be_absent : (!may_be_present || static_cast<int64_t>(values.size()) != objectives)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "trial ", number, " cannot become ", TrialStateName(to), " with ", values.size(), " values; there must be ",
        may_be_present ? absl::StrCat(objectives, ", one an objective") : std::string("none")));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) continue;
    return absl::InvalidArgumentError(absl::StrCat("trial ", number, ": objective ", i,
                                                   " is NaN; such a trial fails, it cannot be ", TrialStateName(to)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Store::NoSuchOpenTrial(int64_t trial_id) {
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare("SELECT number, state FROM trials WHERE trial_id = ?"));
  absl::Status status =
      absl::NotFoundError(absl::StrCat("no trial with trial_id ", trial_id, " in ", database_.path()));
  RETURN_IF_ERROR(query.BindInt(1, trial_id).ForEach([&] {
    status = absl::FailedPreconditionError(absl::StrCat("trial ", query.Int(0), " is ", query.Text(1),
                                                        ", which is final: nothing of it changes any more"));
    return absl::OkStatus();
  }));
  return status;
}

absl::StatusOr<int64_t> Store::NextNumber(int64_t study_id) {
  // Numbers have no gaps, so the highest gives the count without counting.
  ASSIGN_OR_RETURN(Statement & last,
                   database_.Prepare("SELECT (SELECT max(number) FROM trials t WHERE t.study_id = s.study_id) "
                                     "FROM studies s WHERE s.study_id = ?"));
  std::optional<int64_t> number;
  RETURN_IF_ERROR(last.BindInt(1, study_id).ForEach([&] {
    number = last.IsNull(0) ? 0 : last.Int(0) + 1;
    return absl::OkStatus();
  }));
  if (number.has_value()) return *number;
  return absl::NotFoundError(absl::StrCat("no study with study_id ", study_id, " in ", database_.path()));
}

absl::Status Store::CheckNextNumber(int64_t study_id, int64_t expected_number) {
  ASSIGN_OR_RETURN(const int64_t number, NextNumber(study_id));
  if (number == expected_number) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the next trial of study ", study_id, " is number ", number,
                                                    ", not ", expected_number,
                                                    ": another program added trials; load them first"));
}

absl::StatusOr<int64_t> Store::InsertTrial(int64_t study_id, int64_t expected_number, const SearchSpace& space,
                                           const Point& point, absl::Time now) {
  RETURN_IF_ERROR(space.Check(point));
  RETURN_IF_ERROR(CheckNextNumber(study_id, expected_number));
  RETURN_IF_ERROR(Write("INSERT INTO trials (number, study_id, state, datetime_start) VALUES (?, ?, 'RUNNING', ?)",
                        {expected_number, study_id, ToDateTime(now)}));
  const int64_t trial_id = database_.LastInsertId();
  RETURN_IF_ERROR(SetPoint(trial_id, space, point));
  return trial_id;
}

absl::StatusOr<int64_t> Store::EnqueueTrial(int64_t study_id, int64_t expected_number, const SearchSpace& space,
                                            const Point& given) {
  RETURN_IF_ERROR(CheckNextNumber(study_id, expected_number));
  RETURN_IF_ERROR(
      Write("INSERT INTO trials (number, study_id, state) VALUES (?, ?, 'WAITING')", {expected_number, study_id}));
  const int64_t trial_id = database_.LastInsertId();
  RETURN_IF_ERROR(SetTrialSystemAttribute(trial_id, kFixedParamsKey, ToFixedParams(space, given)));
  return trial_id;
}

absl::Status Store::SetPoint(int64_t trial_id, const SearchSpace& space, const Point& point) {
  RETURN_IF_ERROR(space.Check(point));
  for (const size_t i : space.activation_order()) {
    if (!point[i].has_value()) continue;
    RETURN_IF_ERROR(
        Write("INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, ?, ?, ?) "
              "ON CONFLICT (trial_id, param_name) DO UPDATE SET param_value = excluded.param_value, "
              "distribution_json = excluded.distribution_json",
              {trial_id, space.name(i), *point[i], DistributionToJson(space.distribution(i))}));
  }
  return absl::OkStatus();
}

absl::Status Store::MoveTrial(int64_t trial_id, TrialState to, const std::vector<double>& values, absl::Time now) {
  ASSIGN_OR_RETURN(
      Statement & trial,
      database_.Prepare("SELECT number, state, (SELECT count(*) FROM study_directions d WHERE d.study_id = "
                        "t.study_id) FROM trials t WHERE trial_id = ?"));
  bool found = false;
  RETURN_IF_ERROR(trial.BindInt(1, trial_id).ForEach([&]() -> absl::Status {
    found = true;
    ASSIGN_OR_RETURN(const TrialState from, ParseTrialState(trial.Text(1)));
    RETURN_IF_ERROR(CheckMove(trial.Int(0), from, to));
    return CheckValues(trial.Int(0), to, values, trial.Int(2));
  }));
  if (!found) return absl::NotFoundError(absl::StrCat("no trial with trial_id ", trial_id, " in ", database_.path()));

  if (to == WAITING) {
    return Write("UPDATE trials SET state = 'WAITING', datetime_start = NULL WHERE trial_id = ?", {trial_id});
  }
  if (to == RUNNING) {
    return Write("UPDATE trials SET state = 'RUNNING', datetime_start = ? WHERE trial_id = ?",
                 {ToDateTime(now), trial_id});
  }
  RETURN_IF_ERROR(Write("UPDATE trials SET state = ?, datetime_complete = ? WHERE trial_id = ?",
                        {TrialStateName(to), ToDateTime(now), trial_id}));
  for (size_t i = 0; i < values.size(); ++i) {
    const TypedValue typed = ToTypedValue(values[i]);
    RETURN_IF_ERROR(
        Write("INSERT OR REPLACE INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, ?)",
              {trial_id, static_cast<int64_t>(i), typed.value, typed.type}));
  }
  return absl::OkStatus();
}

absl::Status Store::SetIntermediateValue(int64_t trial_id, int64_t step, double value) {
  if (step < 0) return absl::InvalidArgumentError(absl::StrCat("step ", step, " is below 0; steps count from 0"));
  const TypedValue typed = ToTypedValue(value);
  RETURN_IF_ERROR(
      Write("INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type) "
            "SELECT trial_id, ?2, ?3, ?4 FROM trials WHERE trial_id = ?1 AND state IN ('RUNNING', 'WAITING') "
            "ON CONFLICT (trial_id, step) DO UPDATE SET intermediate_value = excluded.intermediate_value, "
            "intermediate_value_type = excluded.intermediate_value_type",
            {trial_id, step, typed.value, typed.type}));
  return database_.Changes() > 0 ? absl::OkStatus() : NoSuchOpenTrial(trial_id);
}

absl::Status Store::SetTrialAttribute(absl::string_view sql, int64_t trial_id, absl::string_view key,
                                      absl::string_view json) {
  constexpr size_t kMaxKeyBytes = 512;
  if (key.empty() || key.size() > kMaxKeyBytes || json.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(absl::StrCat("an attribute has a key of ", key.size(), " and a value of ",
                                                   json.size(), " bytes; at most ", kMaxKeyBytes, " (and 1) and ",
                                                   kMaxTextBytes, " are allowed"));
  }
  RETURN_IF_ERROR(Write(sql, {trial_id, key, json}));
  return database_.Changes() > 0 ? absl::OkStatus() : NoSuchOpenTrial(trial_id);
}

absl::Status Store::SetTrialUserAttribute(int64_t trial_id, absl::string_view key, absl::string_view json) {
  return SetTrialAttribute(
      "INSERT INTO trial_user_attributes (trial_id, \"key\", value_json) "
      "SELECT trial_id, ?2, ?3 FROM trials WHERE trial_id = ?1 AND state IN ('RUNNING', 'WAITING') "
      "ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json = excluded.value_json",
      trial_id, key, json);
}

absl::Status Store::SetTrialSystemAttribute(int64_t trial_id, absl::string_view key, absl::string_view json) {
  return SetTrialAttribute(
      "INSERT INTO trial_system_attributes (trial_id, \"key\", value_json) "
      "SELECT trial_id, ?2, ?3 FROM trials WHERE trial_id = ?1 AND state IN ('RUNNING', 'WAITING') "
      "ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json = excluded.value_json",
      trial_id, key, json);
}

absl::Status Store::PutArtifact(int64_t trial_id, absl::string_view name, absl::string_view media_type,
                                absl::string_view bytes) {
  if (bytes.size() > kMaxArtifactBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("artifact \"", name, "\" has ", bytes.size(), " bytes; at most ", kMaxArtifactBytes, " are kept"));
  }
  RETURN_IF_ERROR(
      Write("INSERT INTO parzen_artifacts (trial_id, name, media_type, bytes) SELECT trial_id, ?2, ?3, ?4 FROM trials "
            "WHERE trial_id = ?1 ON CONFLICT (trial_id, name) DO UPDATE SET media_type = excluded.media_type, bytes = "
            "excluded.bytes",
            {trial_id, name, media_type, Blob{bytes}}));
  if (database_.Changes() > 0) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no trial with trial_id ", trial_id, " in ", database_.path()));
}

absl::Status Store::PauseTrial(int64_t trial_id, const TrialProgress& progress) {
  RETURN_IF_ERROR(Write("UPDATE trials SET state = 'WAITING' WHERE trial_id = ? AND state = 'RUNNING'", {trial_id}));
  if (database_.Changes() == 0) {
    return absl::FailedPreconditionError(absl::StrCat("trial_id ", trial_id, " does not run: it cannot pause"));
  }
  const std::string& checkpoint = progress.checkpoint();
  return Write("INSERT OR REPLACE INTO parzen_progress (trial_id, step, promoted, checkpoint) VALUES (?, ?, 0, ?)",
               {trial_id, progress.step(), checkpoint.empty() ? SqlValue(std::monostate()) : Blob{checkpoint}});
}

absl::Status Store::SetPromoted(int64_t trial_id) {
  return Write("UPDATE parzen_progress SET promoted = 1 WHERE trial_id = ?", {trial_id});
}

absl::Status Store::PutWorker(const StoredWorker& worker, absl::Time now) {
  return Write(
      "INSERT INTO parzen_workers (worker_id, name, host, pid, slots, threads, embedded, first_seen, last_seen, "
      "allow_commands, draining, memory_bytes, labels, models, version, clock_ahead_seconds) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10, nullif(?11, 0), ?12, ?13, ?14, ?15) "
      "ON CONFLICT (worker_id) DO UPDATE SET name = excluded.name, host = excluded.host, pid = excluded.pid, "
      "slots = excluded.slots, threads = excluded.threads, embedded = excluded.embedded, "
      "last_seen = excluded.last_seen, disconnected = NULL, allow_commands = excluded.allow_commands, "
      "draining = excluded.draining, memory_bytes = excluded.memory_bytes, labels = excluded.labels, "
      "models = excluded.models, version = excluded.version, clock_ahead_seconds = excluded.clock_ahead_seconds",
      {worker.worker_id, worker.name, worker.host, worker.pid, worker.slots, worker.threads, worker.embedded,
       ToDateTime(now), worker.allow_commands, worker.draining, worker.memory_bytes, ToJsonList(worker.labels),
       ToJsonList(worker.models), worker.version, worker.clock_ahead_seconds});
}

absl::Status Store::SetDraining(absl::string_view worker_id) {
  return Write("UPDATE parzen_workers SET draining = 1 WHERE worker_id = ?", {worker_id});
}

absl::Status Store::DisconnectWorker(absl::string_view worker_id, absl::Time now) {
  const std::string time = ToDateTime(now);
  if (worker_id.empty()) return Write("UPDATE parzen_workers SET disconnected = ? WHERE disconnected IS NULL", {time});
  return Write("UPDATE parzen_workers SET disconnected = ? WHERE worker_id = ? AND disconnected IS NULL",
               {time, worker_id});
}

absl::Status Store::InsertAttempt(const StoredAttempt& attempt, absl::Time now) {
  return Write(
      "INSERT INTO parzen_attempts (trial_id, attempt, token, request_id, worker_id, state, embedded, asked, started, "
      "epoch) VALUES (?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, nullif(?, 0))",
      {attempt.trial_id, attempt.attempt, attempt.token, attempt.request_id, attempt.worker_id,
       AttemptState_Name(attempt.state), attempt.embedded, attempt.asked, ToDateTime(now), attempt.epoch});
}

absl::Status Store::RestartAttempt(int64_t trial_id, absl::string_view token, absl::Time now) {
  const std::string time = ToDateTime(now);
  RETURN_IF_ERROR(
      Write("UPDATE trials SET datetime_start = ? WHERE trial_id = ? AND state = 'RUNNING'", {time, trial_id}));
  return Write("UPDATE parzen_attempts SET started = ? WHERE token = ? AND state = 'OPEN'", {time, token});
}

absl::Status Store::EndAttempt(absl::string_view token, AttemptState state, absl::string_view reason, absl::Time now,
                               const AttemptUsage* reported) {
  if (state == OPEN) return absl::InvalidArgumentError("an attempt does not end as OPEN");
  const AttemptUsage& usage = reported != nullptr ? *reported : AttemptUsage::default_instance();
  const auto known = [](bool has, auto value) { return has ? SqlValue(value) : SqlValue(std::monostate()); };
  RETURN_IF_ERROR(Write(
      "UPDATE parzen_attempts SET state = ?, reason = nullif(?, ''), ended = ?, wall_seconds = ?, cpu_seconds = ?, "
      "peak_memory_bytes = ?, exit_code = ?, signal = ?, stderr_tail = nullif(?, ''), ended_by_worker = ? "
      "WHERE token = ? AND state = 'OPEN'",
      {AttemptState_Name(state), Cut(reason), ToDateTime(now), known(usage.has_wall_seconds(), usage.wall_seconds()),
       known(usage.has_cpu_seconds(), usage.cpu_seconds()),
       known(usage.has_peak_memory_bytes(), usage.peak_memory_bytes()),
       known(usage.has_exit_code(), int64_t{usage.exit_code()}), known(usage.has_signal(), int64_t{usage.signal()}),
       absl::string_view(usage.stderr_tail()), int64_t{reported != nullptr}, token}));
  if (database_.Changes() > 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt, FindAttemptByToken(token));
  if (!attempt.has_value()) return absl::NotFoundError(absl::StrCat("no attempt has this token in ", database_.path()));
  return absl::FailedPreconditionError(absl::StrCat("attempt ", attempt->attempt, " of trial ", attempt->trial_number,
                                                    " is ", AttemptState_Name(attempt->state), " already"));
}

absl::StatusOr<int64_t> Store::BeginEpoch(absl::string_view host, int64_t pid, absl::Time now) {
  RETURN_IF_ERROR(
      Write("INSERT INTO parzen_epochs (started, host, pid) VALUES (?, ?, ?)", {ToDateTime(now), host, pid}));
  return database_.LastInsertId();
}

absl::Status Store::PutRequest(absl::string_view request_id, int64_t study_id, int64_t number, absl::Time now) {
  return Write("INSERT INTO parzen_requests (request_id, study_id, number, time) VALUES (?, ?, ?, ?)",
               {request_id, study_id, number, ToDateTime(now)});
}

absl::Status Store::AppendEvent(int64_t study_id, int64_t trial_id, absl::string_view kind, absl::string_view detail,
                                absl::Time now) {
  return Write("INSERT INTO parzen_events (study_id, trial_id, time, kind, detail) VALUES (?, nullif(?, 0), ?, ?, ?)",
               {study_id, trial_id, ToDateTime(now), Cut(kind), Cut(detail)});
}

}  // namespace parzen
