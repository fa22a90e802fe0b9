// Reading what the coordinator carries on from: studies, trials and attempts.
#include <cmath>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "studies/store/store.h"
#include "studies/store/stored_constraints.h"
#include "studies/store/stored_params.h"
#include "studies/store/stored_value.h"
#include "studies/store/text_column.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

constexpr char kAttemptColumns[] =
    "SELECT t.study_id, a.trial_id, t.number, a.attempt, a.token, a.request_id, a.worker_id, a.state, a.embedded, "
    "a.asked, a.epoch, a.ended_by_worker "
    "FROM parzen_attempts a JOIN trials t ON t.trial_id = a.trial_id ";

StoredAttempt ReadAttempt(const Statement& row) {
  StoredAttempt attempt;
  attempt.study_id = row.Int(0);
  attempt.trial_id = row.Int(1);
  attempt.trial_number = row.Int(2);
  attempt.attempt = static_cast<int32_t>(row.Int(3));
  attempt.token = row.Text(4);
  attempt.request_id = row.Text(5);
  attempt.worker_id = row.Text(6);
  AttemptState_Parse(row.Text(7), &attempt.state);  // a CHECK constraint keeps the column to the enum's names
  attempt.embedded = row.Int(8) != 0;
  attempt.asked = row.Int(9) != 0;
  attempt.epoch = row.Int(10);
  attempt.ended_by_worker = row.Int(11) != 0;
  return attempt;
}

absl::Status ReadDirections(Database& database, StoredStudy& study) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective"));
  bool known = true;
  RETURN_IF_ERROR(query.BindInt(1, study.study_id).ForEach([&] {
    Direction direction = MINIMIZE;
    if (!Direction_Parse(query.Text(0), &direction)) {
      known = false;
      study.unreadable = absl::StrCat("study \"", study.name, "\" has the direction \"", query.Text(0),
                                      "\"; MINIMIZE or MAXIMIZE is needed");
    }
    study.directions.push_back(direction);
    return absl::OkStatus();
  }));
  if (known) return absl::OkStatus();
  // One study must not hide the others; of its own, nothing is said that may be wrong.
  study.directions.clear();
  study.spec.reset();
  return absl::OkStatus();
}

absl::Status ReadFiles(Database& database, StoredStudy& study) {
  ASSIGN_OR_RETURN(
      Statement & query,
      database.Prepare("SELECT name, path, sha256, bytes FROM parzen_files WHERE study_id = ? ORDER BY position"));
  return query.BindInt(1, study.study_id).ForEach([&] {
    DatasetFile& file = study.files.emplace_back();
    file.set_name(query.Text(0));
    file.set_path(query.Text(1));
    file.set_sha256(query.Text(2));
    file.set_bytes(query.Int(3));
    return absl::OkStatus();
  });
}

// Which trials of a study are read.
struct Wanted {
  int64_t study_id;
  std::optional<std::string> numbers;  // a JSON array; all without one
};

// Prepares "SELECT ... FROM trials t ...", with a condition for the wanted trials, and what comes after that.
absl::StatusOr<std::reference_wrapper<Statement>> PrepareFor(Database& database, const Wanted& wanted,
                                                             absl::string_view select, absl::string_view rest) {
  // By trial_id, and without the study, lest SQLite looks at all trials of the study for them.
  const absl::string_view where = wanted.numbers.has_value()
                                      ? " WHERE t.trial_id IN (SELECT w.trial_id FROM json_each(?2) n CROSS JOIN "
                                        "trials w ON w.study_id = ?1 AND w.number = n.value)"
                                      : " WHERE t.study_id = ?1";
  ASSIGN_OR_RETURN(Statement & query, database.Prepare(absl::StrCat(select, where, rest)));
  query.BindInt(1, wanted.study_id);
  if (wanted.numbers.has_value()) query.BindText(2, *wanted.numbers);
  return std::ref(query);
}

// Trials of one study by number, and where each trial_id is among them.
struct LoadedTrials {
  std::vector<StoredTrial> trials;
  std::unordered_map<int64_t, size_t> place;
};

absl::Status ReadTrialRows(Database& database, const Wanted& wanted, size_t parameters, LoadedTrials& loaded) {
  ASSIGN_OR_RETURN(Statement & query, PrepareFor(database, wanted, "SELECT t.trial_id, t.number, t.state FROM trials t",
                                                 " AND t.number IS NOT NULL ORDER BY t.number"));
  return query.ForEach([&]() -> absl::Status {
    StoredTrial trial;
    trial.trial_id = query.Int(0);
    trial.number = query.Int(1);
    ASSIGN_OR_RETURN(trial.state, ParseTrialState(query.Text(2)));
    trial.point.resize(parameters);
    const int64_t expected = static_cast<int64_t>(loaded.trials.size());
    if (!wanted.numbers.has_value() && trial.number != expected) {
      return absl::FailedPreconditionError(absl::StrCat(
          "study ", wanted.study_id, " in ", database.path(), " has a trial ", trial.number, " where number ", expected,
          " belongs: rows of its trials were removed or doubled; restore a copy"));
    }
    loaded.place.emplace(trial.trial_id, loaded.trials.size());
    loaded.trials.push_back(std::move(trial));
    return absl::OkStatus();
  });
}

absl::Status ReadPoints(Database& database, const Wanted& wanted, const SearchSpace& space, LoadedTrials& loaded) {
  ASSIGN_OR_RETURN(Statement & query,
                   PrepareFor(database, wanted,
                              "SELECT p.trial_id, p.param_name, p.param_value FROM trials t JOIN trial_params p "
                              "ON p.trial_id = t.trial_id",
                              ""));
  std::unordered_map<std::string, size_t> by_name;
  for (size_t i = 0; i < space.size(); ++i) by_name.emplace(space.name(i), i);
  return query.ForEach([&] {
    const auto trial = loaded.place.find(query.Int(0));
    const auto parameter = by_name.find(query.Text(1));
    if (trial == loaded.place.end() || parameter == by_name.end() || query.IsNull(2)) return absl::OkStatus();
    const double value = query.Double(2);
    // A number outside the range is still a number; infinity, or a category that does not exist, is nothing.
    const Distribution& distribution = space.distribution(parameter->second);
    if (!std::isfinite(value)) return absl::OkStatus();
    if (std::holds_alternative<CategoricalDistribution>(distribution) && !Contains(distribution, value)) {
      return absl::OkStatus();
    }
    loaded.trials[trial->second].point[parameter->second] = value;
    return absl::OkStatus();
  });
}

absl::Status ReadValues(Database& database, const Wanted& wanted, LoadedTrials& loaded) {
  ASSIGN_OR_RETURN(Statement & query,
                   PrepareFor(database, wanted,
                              "SELECT v.trial_id, v.value, v.value_type FROM trials t JOIN trial_values v "
                              "ON v.trial_id = t.trial_id",
                              " ORDER BY v.trial_id, v.objective"));
  return query.ForEach([&] {
    const auto trial = loaded.place.find(query.Int(0));
    if (trial != loaded.place.end()) loaded.trials[trial->second].values.push_back(ReadTypedValue(query, 1));
    return absl::OkStatus();
  });
}

// Whether a table has any row at all: then only is it worth while to look there for every trial.
absl::StatusOr<bool> HasRows(Database& database, absl::string_view table) {
  bool has_rows = false;
  ASSIGN_OR_RETURN(Statement & query, database.Prepare(absl::StrCat("SELECT 1 FROM ", table, " LIMIT 1")));
  RETURN_IF_ERROR(query.ForEach([&] {
    has_rows = true;
    return absl::OkStatus();
  }));
  return has_rows;
}

absl::Status ReadSteps(Database& database, const Wanted& wanted, LoadedTrials& loaded) {
  ASSIGN_OR_RETURN(const bool any, HasRows(database, "trial_intermediate_values"));
  if (!any) return absl::OkStatus();
  ASSIGN_OR_RETURN(Statement & query,
                   PrepareFor(database, wanted,
                              "SELECT v.trial_id, v.step, v.intermediate_value, v.intermediate_value_type "
                              "FROM trials t JOIN trial_intermediate_values v ON v.trial_id = t.trial_id",
                              " ORDER BY v.trial_id, v.step"));
  return query.ForEach([&] {
    const auto trial = loaded.place.find(query.Int(0));
    if (trial == loaded.place.end()) return absl::OkStatus();
    loaded.trials[trial->second].steps.push_back({query.Int(1), ReadTypedValue(query, 2)});
    return absl::OkStatus();
  });
}

// Constraints, and what was given of the points of trials that wait.
absl::Status ReadSystemAttributes(Database& database, const Wanted& wanted, LoadedTrials& loaded) {
  ASSIGN_OR_RETURN(const bool any, HasRows(database, "trial_system_attributes"));
  if (!any) return absl::OkStatus();
  ASSIGN_OR_RETURN(Statement & query, PrepareFor(database, wanted,
                                                 "SELECT a.trial_id, a.\"key\", a.value_json FROM trials t "
                                                 "JOIN trial_system_attributes a ON a.trial_id = t.trial_id",
                                                 " AND (a.\"key\" IN ('fixed_params', 'constraints') OR "
                                                 "(a.\"key\" >= 'constraints:' AND a.\"key\" < 'constraints;')) "
                                                 "ORDER BY a.trial_id, a.trial_system_attribute_id"));
  return query.ForEach([&] {
    const auto place = loaded.place.find(query.Int(0));
    if (place == loaded.place.end()) return absl::OkStatus();
    StoredTrial& trial = loaded.trials[place->second];
    const std::string key = query.Text(1);
    if (trial.state == WAITING && key == kFixedParamsKey) trial.fixed_params = query.Text(2);
    for (const MetricValue& constraint : ReadConstraints(key, query.Text(2))) {
      trial.violation += ViolationOf(constraint.value());
    }
    return absl::OkStatus();
  });
}

absl::Status ReadAttemptCounts(Database& database, const Wanted& wanted, LoadedTrials& loaded) {
  ASSIGN_OR_RETURN(Statement & query,
                   PrepareFor(database, wanted,
                              "SELECT t.trial_id, count(*), sum(a.state IN ('LOST', 'CRASHED')), "
                              "sum(t.state = 'RUNNING' AND a.state = 'OPEN' AND a.started = t.datetime_start), "
                              "sum(a.state = 'ENDED') FROM trials t "
                              "JOIN parzen_attempts a ON a.trial_id = t.trial_id",
                              " GROUP BY t.trial_id"));
  return query.ForEach([&] {
    const auto trial = loaded.place.find(query.Int(0));
    if (trial == loaded.place.end()) return absl::OkStatus();
    loaded.trials[trial->second].attempts = static_cast<int32_t>(query.Int(1));
    loaded.trials[trial->second].lost_attempts = static_cast<int32_t>(query.Int(2));
    loaded.trials[trial->second].held = query.Int(3) > 0;
    loaded.trials[trial->second].failed_attempts = static_cast<int32_t>(query.Int(4));
    return absl::OkStatus();
  });
}

absl::Status ReadProgress(Database& database, const Wanted& wanted, LoadedTrials& loaded) {
  ASSIGN_OR_RETURN(const bool any, HasRows(database, "parzen_progress"));
  if (!any) return absl::OkStatus();
  ASSIGN_OR_RETURN(Statement & query, PrepareFor(database, wanted,
                                                 "SELECT p.trial_id, p.step, p.promoted FROM trials t "
                                                 "JOIN parzen_progress p ON p.trial_id = t.trial_id",
                                                 ""));
  return query.ForEach([&] {
    const auto trial = loaded.place.find(query.Int(0));
    if (trial == loaded.place.end()) return absl::OkStatus();
    loaded.trials[trial->second].progress = StoredProgress{query.Int(1), query.Int(2) != 0};
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<bool> Store::HasParzenTables() {
  // They never go away, so a yes is for good; a no may change under a reader.
  if (has_parzen_tables_) return true;
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare("SELECT 1 FROM sqlite_master WHERE name = 'parzen_version'"));
  RETURN_IF_ERROR(query.ForEach([&] {
    has_parzen_tables_ = true;
    return absl::OkStatus();
  }));
  return has_parzen_tables_;
}

absl::StatusOr<std::vector<StoredStudy>> Store::LoadStudiesNamed(std::optional<absl::string_view> name) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const bool ours, HasParzenTables());
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare(ours ? "SELECT s.study_id, s.study_name, p.spec, p.budget, p.space_finished, "
                                            "p.stopped, p.created, p.deadline FROM studies s "
                                            "LEFT JOIN parzen_studies p ON p.study_id = s.study_id "
                                            "WHERE ?1 IS NULL OR s.study_name = ?1 ORDER BY s.study_id"
                                          : "SELECT study_id, study_name, NULL, 0, 0, 0, NULL, NULL FROM studies "
                                            "WHERE ?1 IS NULL OR study_name = ?1 ORDER BY study_id"));
  std::vector<StoredStudy> studies;
  if (name.has_value()) query.BindText(1, *name);
  RETURN_IF_ERROR(query.ForEach([&]() -> absl::Status {
    StoredStudy& study = studies.emplace_back();
    study.study_id = query.Int(0);
    study.name = query.Text(1);
    study.budget = query.Int(3);
    study.space_finished = query.Int(4) != 0;
    study.stopped = query.Int(5) != 0;
    study.created = query.Text(6);
    study.deadline = ReadDateTime(query, 7).value_or(absl::InfiniteFuture());
    if (query.IsNull(2)) return absl::OkStatus();
    const absl::Status parsed =
        ParseTextColumn(query.Text(2), absl::StrCat("the spec of study \"", study.name, "\""), study.spec.emplace());
    if (parsed.ok()) return absl::OkStatus();
    study.spec.reset();  // one study must not hide the others
    study.unreadable = std::string(parsed.message());
    return absl::OkStatus();
  }));
  for (StoredStudy& study : studies) {
    RETURN_IF_ERROR(ReadDirections(database_, study));
    if (ours) RETURN_IF_ERROR(ReadFiles(database_, study));
  }
  return studies;
}

absl::StatusOr<std::vector<StoredStudy>> Store::LoadStudies() { return LoadStudiesNamed(std::nullopt); }

absl::StatusOr<StoredStudy> Store::FindStudy(absl::string_view name) {
  ASSIGN_OR_RETURN(std::vector<StoredStudy> found, LoadStudiesNamed(name));
  if (!found.empty()) return std::move(found[0]);
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare("SELECT study_name FROM studies ORDER BY study_id LIMIT 1000"));
  std::vector<std::string> names;
  RETURN_IF_ERROR(query.ForEach([&] {
    names.push_back(query.Text(0));
    return absl::OkStatus();
  }));
  constexpr size_t kNamesInError = 20;
  std::string hint = names.empty() ? "; there is no study yet" : SuggestName(name, names);
  if (names.size() > kNamesInError && ClosestName(name, names).empty()) hint = "; `parzen study list` names them";
  return absl::NotFoundError(absl::StrCat("no study \"", name, "\" in ", database_.path(), hint));
}

absl::StatusOr<std::vector<StoredTrial>> Store::LoadWantedTrials(int64_t study_id, const SearchSpace& space,
                                                                 const std::optional<std::string>& numbers_json) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  const Wanted wanted{study_id, numbers_json};
  LoadedTrials loaded;
  RETURN_IF_ERROR(ReadTrialRows(database_, wanted, space.size(), loaded));
  RETURN_IF_ERROR(ReadPoints(database_, wanted, space, loaded));
  RETURN_IF_ERROR(ReadValues(database_, wanted, loaded));
  RETURN_IF_ERROR(ReadSteps(database_, wanted, loaded));
  RETURN_IF_ERROR(ReadSystemAttributes(database_, wanted, loaded));
  ASSIGN_OR_RETURN(const bool ours, HasParzenTables());
  if (ours) RETURN_IF_ERROR(ReadAttemptCounts(database_, wanted, loaded));
  if (ours) RETURN_IF_ERROR(ReadProgress(database_, wanted, loaded));
  return std::move(loaded.trials);
}

absl::StatusOr<std::vector<StoredTrial>> Store::LoadTrials(int64_t study_id, const SearchSpace& space) {
  return LoadWantedTrials(study_id, space, std::nullopt);
}

absl::StatusOr<std::vector<StoredTrial>> Store::LoadTrials(int64_t study_id, const SearchSpace& space,
                                                           const std::vector<int64_t>& numbers) {
  return LoadWantedTrials(study_id, space, absl::StrCat("[", absl::StrJoin(numbers, ","), "]"));
}

absl::StatusOr<std::vector<StoredAttempt>> Store::LoadOpenAttempts() {
  std::vector<StoredAttempt> attempts;
  ASSIGN_OR_RETURN(const bool ours, HasParzenTables());
  if (!ours) return attempts;
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare(absl::StrCat(
                                          kAttemptColumns, "WHERE a.state = 'OPEN' ORDER BY a.trial_id, a.attempt")));
  RETURN_IF_ERROR(query.ForEach([&] {
    attempts.push_back(ReadAttempt(query));
    return absl::OkStatus();
  }));
  return attempts;
}

absl::StatusOr<std::optional<StoredAttempt>> Store::FindAttempt(absl::string_view column, absl::string_view value) {
  std::optional<StoredAttempt> attempt;
  ASSIGN_OR_RETURN(const bool ours, HasParzenTables());
  if (!ours) return attempt;
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare(absl::StrCat(kAttemptColumns, "WHERE a.", column, " = ?")));
  RETURN_IF_ERROR(query.BindText(1, value).ForEach([&] {
    attempt = ReadAttempt(query);
    return absl::OkStatus();
  }));
  return attempt;
}

absl::StatusOr<std::optional<StoredAttempt>> Store::FindAttemptByToken(absl::string_view token) {
  return FindAttempt("token", token);
}

absl::StatusOr<std::optional<TrialProgress>> Store::FindProgress(int64_t trial_id) {
  std::optional<TrialProgress> progress;
  ASSIGN_OR_RETURN(Statement & query,
                   database_.Prepare("SELECT step, checkpoint FROM parzen_progress WHERE trial_id = ?"));
  RETURN_IF_ERROR(query.BindInt(1, trial_id).ForEach([&] {
    progress.emplace().set_step(query.Int(0));
    if (!query.IsNull(1)) progress->set_checkpoint(query.Text(1));
    return absl::OkStatus();
  }));
  return progress;
}

absl::StatusOr<std::optional<StoredAttempt>> Store::FindAttemptByRequest(absl::string_view request_id) {
  return FindAttempt("request_id", request_id);
}

}  // namespace parzen
