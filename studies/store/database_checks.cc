// What parzen db check looks for.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/distribution.h"
#include "studies/store/database_care.h"
#include "studies/store/schema_sql.h"

namespace parzen {
namespace {

// A part whose wrong rows a query finds: `wrong` selects one text a problem.
struct RowCheck {
  const char* name;
  const char* count;
  const char* wrong;
};

// What each row must belong to, in Optuna's tables.
constexpr RowCheck kOptunaRows[] = {
    {"numbers of trials", "SELECT count(*) FROM trials",
     "SELECT 'study ' || study_id || ': ' || count(*) || ' trials are not numbered 0 to ' || (count(*) - 1) FROM "
     "trials "
     "GROUP BY study_id HAVING count(DISTINCT number) <> count(*) OR min(number) <> 0 OR max(number) <> count(*) - 1"},
    {"states", "SELECT count(*) FROM trials",
     "SELECT 'trial_id ' || trial_id || ': state ' || quote(state) FROM trials "
     "WHERE state NOT IN ('RUNNING', 'COMPLETE', 'PRUNED', 'FAIL', 'WAITING')"},
    {"times", "SELECT count(datetime_start) + count(datetime_complete) FROM trials",
     "SELECT 'trial_id ' || trial_id || ': ' || quote(time) || ' is not YYYY-MM-DD HH:MM:SS.ffffff' FROM "
     "(SELECT trial_id, datetime_start AS time FROM trials UNION ALL SELECT trial_id, datetime_complete FROM trials) "
     "WHERE time IS NOT NULL AND time NOT GLOB "
     "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]*'"},
    {"directions", "SELECT count(*) FROM studies",
     "SELECT 'study ' || s.study_id || ': its directions are not MINIMIZE or MAXIMIZE for objectives 0 to n - 1' "
     "FROM studies s LEFT JOIN study_directions d ON d.study_id = s.study_id GROUP BY s.study_id "
     "HAVING count(d.objective) = 0 OR min(d.objective) <> 0 OR max(d.objective) <> count(*) - 1 "
     "OR sum(d.direction NOT IN ('MINIMIZE', 'MAXIMIZE')) > 0"},
    {"values", "SELECT count(*) FROM trial_values",
     "SELECT 'trial_id ' || trial_id || ': value ' || quote(value) || ' of type ' || quote(value_type) "
     "FROM trial_values WHERE value_type NOT IN ('FINITE', 'INF_POS', 'INF_NEG') "
     "OR (value_type = 'FINITE') = (value IS NULL)"},
    {"values of complete trials", "SELECT count(*) FROM trials WHERE state = 'COMPLETE'",
     "SELECT 'trial_id ' || t.trial_id || ': ' || count(v.objective) || ' values for ' || n.objectives || "
     "' objectives' FROM trials t JOIN (SELECT study_id, count(*) AS objectives FROM study_directions GROUP BY "
     "study_id) n ON n.study_id = t.study_id LEFT JOIN trial_values v ON v.trial_id = t.trial_id "
     "WHERE t.state = 'COMPLETE' GROUP BY t.trial_id "
     "HAVING count(v.objective) <> n.objectives OR min(v.objective) <> 0 OR max(v.objective) <> n.objectives - 1"},
    {"intermediate values", "SELECT count(*) FROM trial_intermediate_values",
     "SELECT 'trial_id ' || trial_id || ', step ' || step || ': ' || quote(intermediate_value) || ' of type ' || "
     "quote(intermediate_value_type) FROM trial_intermediate_values "
     "WHERE intermediate_value_type NOT IN ('FINITE', 'INF_POS', 'INF_NEG', 'NAN') "
     "OR (intermediate_value_type = 'FINITE') = (intermediate_value IS NULL)"},
    {"attributes",
     "SELECT (SELECT count(*) FROM trial_user_attributes) + (SELECT count(*) FROM trial_system_attributes)",
     "SELECT 'trial_id ' || coalesce(trial_id, 'NULL') || ': attribute ' || quote(name) || ' has no value' FROM "
     "(SELECT trial_id, \"key\" AS name, value_json FROM trial_user_attributes "
     "UNION ALL SELECT trial_id, \"key\", value_json FROM trial_system_attributes) "
     "WHERE name IS NULL OR value_json IS NULL"},
    {"trials without a study", "SELECT count(*) FROM trials",
     "SELECT 'trial_id ' || trial_id FROM trials WHERE study_id IS NULL OR study_id NOT IN (SELECT study_id FROM "
     "studies)"},
};

constexpr const char* kOfTrials[] = {"trial_params",
                                     "trial_values",
                                     "trial_intermediate_values",
                                     "trial_user_attributes",
                                     "trial_system_attributes",
                                     "trial_heartbeats",
                                     "parzen_attempts",
                                     "parzen_artifacts",
                                     "parzen_progress"};
constexpr const char* kOfStudies[] = {"study_directions", "study_user_attributes", "study_system_attributes",
                                      "parzen_studies",   "parzen_files",          "parzen_events"};

void Found(CheckedPart& part, std::string problem) {
  if (++part.wrong <= kMaxToldProblems) part.problems.push_back(std::move(problem));
}

absl::StatusOr<CheckedPart> CheckRows(Database& database, absl::string_view name, absl::string_view count,
                                      absl::string_view wrong) {
  CheckedPart part{std::string(name), 0, 0, {}};
  ASSIGN_OR_RETURN(Statement & all, database.Prepare(count));
  RETURN_IF_ERROR(all.ForEach([&] {
    part.looked_at = all.Int(0);
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(Statement & query, database.Prepare(wrong));
  RETURN_IF_ERROR(query.ForEach([&] {
    Found(part, query.Text(0));
    return absl::OkStatus();
  }));
  return part;
}

absl::StatusOr<CheckedPart> CheckPages(Database& database) {
  constexpr size_t kMostBytes = 500;
  ASSIGN_OR_RETURN(CheckedPart part, CheckRows(database, "pages", "PRAGMA page_count", "PRAGMA integrity_check(100)"));
  if (part.wrong == 1 && part.problems[0] == "ok") return CheckedPart{part.name, part.looked_at, 0, {}};
  for (std::string& problem : part.problems) problem.resize(std::min(problem.size(), kMostBytes));
  return part;
}

// Table -> column -> declared type.
using Columns = std::map<std::string, std::map<std::string, std::string>>;

absl::StatusOr<Columns> ColumnsOf(Database& database) {
  Columns columns;
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c "
                                    "WHERE m.type = 'table'"));
  RETURN_IF_ERROR(query.ForEach([&] {
    columns[query.Text(0)][query.Text(1)] = query.Text(2);
    return absl::OkStatus();
  }));
  return columns;
}

// Against a file that is made for it, in memory.
absl::StatusOr<CheckedPart> CheckOptunaTables(const Columns& actual) {
  ASSIGN_OR_RETURN(Database reference, Database::Open(":memory:", Database::Mode::kCreate));
  RETURN_IF_ERROR(reference.Execute(kOptunaSchemaSql));
  ASSIGN_OR_RETURN(const Columns expected, ColumnsOf(reference));
  CheckedPart part{"Optuna's tables", 0, 0, {}};
  for (const auto& [table, columns] : expected) {
    ++part.looked_at;
    // Optuna makes it when it is missing.
    if (!actual.contains(table)) continue;
    const std::map<std::string, std::string>& found = actual.at(table);
    for (const auto& [column, type] : columns) {
      const auto place = found.find(column);
      if (place == found.end()) {
        Found(part, absl::StrCat(table, " has no column ", column));
      } else if (place->second != type) {
        Found(part, absl::StrCat(table, ".", column, " is ", place->second, ", not ", type));
      }
    }
  }
  return part;
}

absl::StatusOr<CheckedPart> CheckOwners(Database& database, const Columns& columns) {
  CheckedPart part{"rows that belong to nothing", 0, 0, {}};
  const auto look = [&](const char* table, const char* id, const char* owner) -> absl::Status {
    if (!columns.contains(table)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const CheckedPart one, CheckRows(database, table, absl::StrCat("SELECT count(*) FROM ", table),
                                                      absl::StrCat("SELECT '", table, " of ", id, " ' || quote(", id,
                                                                   ") FROM ", table, " WHERE ", id, " IS NULL OR ", id,
                                                                   " NOT IN (SELECT ", id, " FROM ", owner, ")")));
    part.looked_at += one.looked_at;
    for (const std::string& problem : one.problems) Found(part, problem);
    part.wrong += one.wrong - static_cast<int64_t>(one.problems.size());
    return absl::OkStatus();
  };
  for (const char* const table : kOfTrials) RETURN_IF_ERROR(look(table, "trial_id", "trials"));
  for (const char* const table : kOfStudies) RETURN_IF_ERROR(look(table, "study_id", "studies"));
  return part;
}

// What Optuna keeps the same for all trials of a study: the kind, log, and choices.
std::string FixedPart(const Distribution& distribution) {
  if (const auto* real = std::get_if<FloatDistribution>(&distribution)) return real->log ? "float log" : "float";
  if (const auto* whole = std::get_if<IntDistribution>(&distribution)) return whole->log ? "int log" : "int";
  return DistributionToJson(distribution);
}

absl::StatusOr<CheckedPart> CheckParameters(Database& database) {
  CheckedPart part{"parameters", 0, 0, {}};
  std::map<std::pair<int64_t, std::string>, std::string> fixed_parts;  // by study and name
  ASSIGN_OR_RETURN(
      Statement & query,
      database.Prepare("SELECT t.study_id, p.param_name, p.distribution_json, count(*), min(p.param_value), "
                       "max(p.param_value), count(p.param_value) FROM trial_params p JOIN trials t "
                       "ON t.trial_id = p.trial_id GROUP BY 1, 2, 3"));
  RETURN_IF_ERROR(query.ForEach([&] {
    part.looked_at += query.Int(3);
    const std::string name = query.Text(1);
    const std::string where = absl::StrCat("study ", query.Int(0), ", parameter \"", name, "\": ");
    const absl::StatusOr<Distribution> distribution = DistributionFromJson(query.Text(2));
    if (!distribution.ok()) {
      Found(part, absl::StrCat(where, distribution.status().message()));
      return absl::OkStatus();
    }
    if (query.Int(6) < query.Int(3)) Found(part, absl::StrCat(where, query.Int(3) - query.Int(6), " without a value"));
    const bool is_category = std::holds_alternative<CategoricalDistribution>(*distribution);
    if (is_category && !(Contains(*distribution, query.Double(4)) && Contains(*distribution, query.Double(5)))) {
      Found(part, absl::StrCat(where, "a category that does not exist"));
    }
    const std::string fixed = FixedPart(*distribution);
    if (fixed_parts.emplace(std::make_pair(query.Int(0), name), fixed).first->second != fixed) {
      Found(part, absl::StrCat(where, "kind, log or choices differ between trials"));
    }
    return absl::OkStatus();
  }));
  return part;
}

}  // namespace

absl::StatusOr<std::vector<CheckedPart>> CheckDatabase(Database& database) {
  const Snapshot snapshot(database);
  RETURN_IF_ERROR(snapshot.status());
  std::vector<CheckedPart> parts;
  ASSIGN_OR_RETURN(parts.emplace_back(), CheckPages(database));
  if (parts[0].wrong > 0) return parts;
  ASSIGN_OR_RETURN(const Columns columns, ColumnsOf(database));
  ASSIGN_OR_RETURN(parts.emplace_back(), CheckOptunaTables(columns));
  if (parts.back().wrong > 0) return parts;
  for (const RowCheck& check : kOptunaRows) {
    ASSIGN_OR_RETURN(parts.emplace_back(), CheckRows(database, check.name, check.count, check.wrong));
  }
  ASSIGN_OR_RETURN(parts.emplace_back(), CheckParameters(database));
  ASSIGN_OR_RETURN(parts.emplace_back(), CheckOwners(database, columns));
  return parts;
}

}  // namespace parzen
