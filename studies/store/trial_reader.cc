#include "studies/store/trial_reader.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "studies/distribution_json.h"
#include "studies/store/stored_constraints.h"
#include "studies/store/stored_value.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

// The trials of a page stand first in every join, so that SQLite looks only at their rows.
constexpr char kPage[] = " FROM json_each(?1) page CROSS JOIN ";

// A row that gives a trial something with a name.
struct NamedRow {
  int64_t trial = 0;  // its place on the page
  int64_t id = 0;     // in the order of which rows were written
  std::string name;
  std::string text;
  double number = 0;
};

// Reads (place, id, name, text, number) rows, sorted: cheaper here than in SQL, which would carry every text along.
absl::StatusOr<std::vector<NamedRow>> ReadNamedRows(Database& database, absl::string_view sql,
                                                    const std::string& page) {
  std::vector<NamedRow> rows;
  ASSIGN_OR_RETURN(Statement & query, database.Prepare(sql));
  RETURN_IF_ERROR(query.BindText(1, page).ForEach([&] {
    rows.push_back({query.Int(0), query.Int(1), query.Text(2), query.Text(3), query.Double(4)});
    return absl::OkStatus();
  }));
  std::sort(rows.begin(), rows.end(),
            [](const NamedRow& a, const NamedRow& b) { return std::tie(a.trial, a.id) < std::tie(b.trial, b.id); });
  return rows;
}

// What an attempt took, from six columns of parzen_attempts; those that are known.
void ReadUsage(const Statement& row, int first, AttemptRecord& attempt) {
  const auto known = [&](int column) { return !row.IsNull(first + column); };
  AttemptUsage usage;
  if (known(0)) usage.set_wall_seconds(row.Double(first));
  if (known(1)) usage.set_cpu_seconds(row.Double(first + 1));
  if (known(2)) usage.set_peak_memory_bytes(row.Int(first + 2));
  if (known(3)) usage.set_exit_code(static_cast<int32_t>(row.Int(first + 3)));
  if (known(4)) usage.set_signal(static_cast<int32_t>(row.Int(first + 4)));
  if (known(5)) usage.set_stderr_tail(row.Text(first + 5));
  if (usage.ByteSizeLong() > 0) *attempt.mutable_usage() = std::move(usage);
}

}  // namespace

absl::StatusOr<std::vector<TrialRecord>> TrialReader::ReadAll(Statement& query) {
  Trials trials;
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
  if (trials.empty()) return trials;
  const std::string page = absl::StrCat(
      "[",
      absl::StrJoin(trials, ",",
                    [](std::string* out, const TrialRecord& trial) { absl::StrAppend(out, trial.trial_id()); }),
      "]");
  RETURN_IF_ERROR(ReadParameters(trials, page));
  RETURN_IF_ERROR(ReadValues(trials, page));
  RETURN_IF_ERROR(ReadUserAttributes(trials, page));
  RETURN_IF_ERROR(ReadConstraints(trials, page));
  if (parts_.system_attributes) RETURN_IF_ERROR(ReadSystemAttributes(trials, page));
  if (parts_.steps) RETURN_IF_ERROR(ReadSteps(trials, page));
  if (parts_.attempts) RETURN_IF_ERROR(ReadAttempts(trials, page));
  if (parts_.attempts) RETURN_IF_ERROR(ReadPauses(trials, page));
  if (parts_.events) RETURN_IF_ERROR(ReadEvents(trials, page));
  return trials;
}

absl::StatusOr<std::vector<TrialRecord>> TrialReader::ReadIds(const std::vector<int64_t>& trial_ids) {
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare(absl::StrCat(
                       kTrialColumns, "JOIN json_each(?1) page ON page.value = t.trial_id ORDER BY page.key")));
  query.BindText(1, absl::StrCat("[", absl::StrJoin(trial_ids, ","), "]"));
  return ReadAll(query);
}

absl::Status TrialReader::ForEachRow(absl::string_view sql, Trials& trials, const std::string& page,
                                     const std::function<absl::Status(Statement& row, TrialRecord& trial)>& on_row) {
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare(sql));
  return query.BindText(1, page).ForEach([&] { return on_row(query, trials[static_cast<size_t>(query.Int(0))]); });
}

absl::Status TrialReader::ReadParameters(Trials& trials, const std::string& page) {
  ASSIGN_OR_RETURN(
      const std::vector<NamedRow> rows,
      ReadNamedRows(database_,
                    absl::StrCat("SELECT page.key, p.param_id, p.param_name, p.distribution_json, p.param_value", kPage,
                                 "trial_params p ON p.trial_id = page.value"),
                    page));
  for (const NamedRow& row : rows) {
    TrialRecord& trial = trials[static_cast<size_t>(row.trial)];
    NamedJson& parameter = *trial.add_parameter();
    parameter.set_name(row.name);
    parameter.set_json(ChoiceToJson(distributions_.External(row.text, row.number)));
    if (parts_.distributions) trial.add_distribution(NewDistribution(row.name, row.text));
  }
  return absl::OkStatus();
}

absl::Status TrialReader::ReadValues(Trials& trials, const std::string& page) {
  return ForEachRow(absl::StrCat("SELECT page.key, v.value, v.value_type", kPage,
                                 "trial_values v ON v.trial_id = page.value ORDER BY page.key, v.objective"),
                    trials, page, [](Statement& row, TrialRecord& trial) {
                      trial.add_value(ReadTypedValue(row, 1));
                      return absl::OkStatus();
                    });
}

absl::Status TrialReader::ReadUserAttributes(Trials& trials, const std::string& page) {
  ASSIGN_OR_RETURN(const std::vector<NamedRow> rows,
                   ReadNamedRows(database_,
                                 absl::StrCat("SELECT page.key, a.trial_user_attribute_id, a.\"key\", a.value_json, 0",
                                              kPage, "trial_user_attributes a ON a.trial_id = page.value"),
                                 page));
  for (const NamedRow& row : rows) {
    NamedJson& attribute = *trials[static_cast<size_t>(row.trial)].add_user_attribute();
    attribute.set_name(row.name);
    attribute.set_json(row.text);
  }
  return absl::OkStatus();
}

absl::Status TrialReader::ReadConstraints(Trials& trials, const std::string& page) {
  ASSIGN_OR_RETURN(
      const std::vector<NamedRow> rows,
      ReadNamedRows(database_,
                    absl::StrCat("SELECT page.key, a.trial_system_attribute_id, a.\"key\", a.value_json, 0", kPage,
                                 "trial_system_attributes a ON a.trial_id = page.value "
                                 "AND a.\"key\" >= 'constraints' AND a.\"key\" < 'constraints;'"),
                    page));
  for (const NamedRow& row : rows) {
    for (MetricValue& constraint : parzen::ReadConstraints(row.name, row.text)) {
      *trials[static_cast<size_t>(row.trial)].add_constraint() = std::move(constraint);
    }
  }
  return absl::OkStatus();
}

absl::Status TrialReader::ReadSystemAttributes(Trials& trials, const std::string& page) {
  ASSIGN_OR_RETURN(
      const std::vector<NamedRow> rows,
      ReadNamedRows(database_,
                    absl::StrCat("SELECT page.key, a.trial_system_attribute_id, a.\"key\", a.value_json, 0", kPage,
                                 "trial_system_attributes a ON a.trial_id = page.value"),
                    page));
  for (const NamedRow& row : rows) {
    NamedJson& attribute = *trials[static_cast<size_t>(row.trial)].add_system_attribute();
    attribute.set_name(row.name);
    attribute.set_json(row.text);
  }
  return absl::OkStatus();
}

absl::Status TrialReader::ReadSteps(Trials& trials, const std::string& page) {
  return ForEachRow(absl::StrCat("SELECT page.key, s.step, s.intermediate_value, s.intermediate_value_type", kPage,
                                 "trial_intermediate_values s ON s.trial_id = page.value ORDER BY page.key, s.step"),
                    trials, page, [](Statement& row, TrialRecord& trial) {
                      StepValue& step = *trial.add_step();
                      step.set_step(row.Int(1));
                      step.set_value(ReadTypedValue(row, 2));
                      return absl::OkStatus();
                    });
}

absl::Status TrialReader::ReadAttempts(Trials& trials, const std::string& page) {
  return ForEachRow(
      absl::StrCat("SELECT page.key, a.attempt, a.state, w.name, w.host, a.started, a.ended, a.reason, a.asked, "
                   "a.epoch, a.wall_seconds, a.cpu_seconds, a.peak_memory_bytes, a.exit_code, a.signal, a.stderr_tail",
                   kPage,
                   "parzen_attempts a ON a.trial_id = page.value "
                   "LEFT JOIN parzen_workers w ON w.worker_id = a.worker_id ORDER BY page.key, a.attempt"),
      trials, page, [](Statement& row, TrialRecord& trial) {
        AttemptRecord& attempt = *trial.add_attempt();
        attempt.set_attempt(static_cast<int32_t>(row.Int(1)));
        AttemptState state = OPEN;
        AttemptState_Parse(row.Text(2), &state);  // a CHECK constraint keeps the column to the enum's names
        attempt.set_state(state);
        attempt.set_worker(row.Text(3));
        attempt.set_host(row.Text(4));
        attempt.set_started(row.Text(5));
        attempt.set_ended(row.Text(6));
        attempt.set_reason(row.Text(7));
        if (row.Int(8) != 0) attempt.set_asked(true);
        if (!row.IsNull(9)) attempt.set_epoch(row.Int(9));
        ReadUsage(row, 10, attempt);
        return absl::OkStatus();
      });
}

absl::Status TrialReader::ReadPauses(Trials& trials, const std::string& page) {
  return ForEachRow(
      absl::StrCat("SELECT page.key, p.step", kPage, "parzen_progress p ON p.trial_id = page.value AND NOT p.promoted"),
      trials, page, [](Statement& row, TrialRecord& trial) {
        if (trial.state() == WAITING) trial.set_paused_at_step(row.Int(1));
        return absl::OkStatus();
      });
}

absl::Status TrialReader::ReadEvents(Trials& trials, const std::string& page) {
  return ForEachRow(absl::StrCat("SELECT page.key, e.time, e.kind, e.detail", kPage,
                                 "trials t ON t.trial_id = page.value "
                                 "JOIN parzen_events e ON e.study_id = t.study_id AND e.trial_id = t.trial_id "
                                 "ORDER BY page.key, e.event_id"),
                    trials, page, [](Statement& row, TrialRecord& trial) {
                      TrialEvent& event = *trial.add_event();
                      event.set_time(row.Text(1));
                      event.set_kind(row.Text(2));
                      event.set_detail(row.Text(3));
                      return absl::OkStatus();
                    });
}

std::string TrialReader::NewDistribution(const std::string& parameter, absl::string_view distribution_json) {
  std::string& last = last_distribution_[parameter];
  if (last == distribution_json) return "";
  return last = std::string(distribution_json);
}

}  // namespace parzen
