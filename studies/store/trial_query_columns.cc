#include "studies/store/trial_query_columns.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/suggest.h"

namespace parzen {
namespace {

using Type = TrialQueryColumn::Type;

struct FixedColumn {
  const char* name;
  Type type;
  const char* sql;
};

// What every trial has. Of our tables in a file without them there is nothing.
constexpr FixedColumn kFixed[] = {
    {"number", Type::kNumber, "t.number"},
    {"state", Type::kState, "t.state"},
    {"seconds", Type::kNumber, "parzen_seconds(t.datetime_start, t.datetime_complete)"},
    {"started", Type::kText, "nullif(t.datetime_start, '')"},
    {"completed", Type::kText, "nullif(t.datetime_complete, '')"},
    {"step", Type::kNumber, "(SELECT max(s.step) FROM trial_intermediate_values s WHERE s.trial_id = t.trial_id)"},
    {"steps", Type::kNumber, "(SELECT count(*) FROM trial_intermediate_values s WHERE s.trial_id = t.trial_id)"},
};
constexpr FixedColumn kOurs[] = {
    {"worker", Type::kText,
     "(SELECT nullif(w.name, '') FROM parzen_attempts a JOIN parzen_workers w ON w.worker_id = a.worker_id "
     "WHERE a.trial_id = t.trial_id AND a.attempt = (SELECT max(l.attempt) FROM parzen_attempts l "
     "WHERE l.trial_id = t.trial_id))"},
    {"attempts", Type::kNumber,
     "coalesce((SELECT max(a.attempt) FROM parzen_attempts a WHERE a.trial_id = t.trial_id), 0)"},
    {"reason", Type::kText,
     "(SELECT nullif(a.reason, '') FROM parzen_attempts a WHERE a.trial_id = t.trial_id "
     "ORDER BY a.attempt DESC LIMIT 1)"},
};
constexpr char kValue[] =
    "(SELECT CASE v.value_type WHEN 'INF_POS' THEN 9e999 WHEN 'INF_NEG' THEN -9e999 ELSE v.value END "
    "FROM trial_values v WHERE v.trial_id = t.trial_id AND v.objective = ?)";
constexpr char kParameter[] =
    "(SELECT parzen_external(p.distribution_json, p.param_value) FROM trial_params p "
    "WHERE p.trial_id = t.trial_id AND p.param_name = ?)";
constexpr char kAttribute[] =
    "(SELECT parzen_scalar(a.value_json) FROM trial_user_attributes a "
    "WHERE a.trial_id = t.trial_id AND a.\"key\" = ?)";

// So many trials from each end are asked for a name before all are.
constexpr int64_t kProbed = 1000;
// So many tell what names there are, for an error.
constexpr int64_t kSuggested = 200;

}  // namespace

struct TrialQueryColumns::Probe {
  const char* order;
  int64_t trials;  // -1: all
};

std::optional<TrialQueryColumn> TrialQueryColumns::FindFixed(absl::string_view name) const {
  for (const FixedColumn& column : kFixed) {
    if (name == column.name) return TrialQueryColumn{column.type, column.sql, {}};
  }
  for (const FixedColumn& column : kOurs) {
    if (name == column.name) return TrialQueryColumn{column.type, ours_ ? column.sql : "NULL", {}};
  }
  return std::nullopt;
}

std::optional<TrialQueryColumn> TrialQueryColumns::FindObjective(const std::string& name) const {
  const auto objective = [](size_t i) { return TrialQueryColumn{Type::kNumber, kValue, static_cast<int64_t>(i)}; };
  for (size_t i = 0; i < metrics_.size(); ++i) {
    if (name == metrics_[i]) return objective(i);
  }
  absl::string_view index = name;
  int64_t i = 0;
  if (!absl::ConsumePrefix(&index, "value_") || !absl::SimpleAtoi(index, &i) || absl::StrCat(i) != index) {
    return std::nullopt;
  }
  if (i < 0 || i >= static_cast<int64_t>(study_.directions.size())) return std::nullopt;
  return objective(static_cast<size_t>(i));
}

absl::StatusOr<std::optional<TrialQueryColumn>> TrialQueryColumns::Look(Part part, const std::string& name,
                                                                        const Probe& which) {
  // Through the index that has the names: CROSS JOIN keeps the trials in front.
  ASSIGN_OR_RETURN(
      Statement & query,
      database_.Prepare(absl::StrCat(
          "SELECT ", part == Part::kParameter ? "n.distribution_json" : "NULL", " FROM (SELECT trial_id FROM trials ",
          "WHERE study_id = ?1 ORDER BY ", which.order, " LIMIT ?3) t CROSS JOIN ",
          part == Part::kParameter ? "trial_params n ON n.trial_id = t.trial_id AND n.param_name = ?2"
                                   : "trial_user_attributes n ON n.trial_id = t.trial_id AND n.\"key\" = ?2",
          " LIMIT 1")));
  query.BindAll({study_.study_id, absl::string_view(name), which.trials});
  std::optional<TrialQueryColumn> column;
  RETURN_IF_ERROR(query.ForEach([&] {
    const absl::StatusOr<Distribution> distribution = DistributionFromJson(query.Text(0));
    // A parameter keeps its kind within a study.
    const bool is_number = part == Part::kParameter && distribution.ok() &&
                           !std::holds_alternative<CategoricalDistribution>(*distribution);
    column = TrialQueryColumn{is_number ? Type::kNumber : Type::kAny,
                              part == Part::kParameter ? kParameter : kAttribute, name};
    return absl::OkStatus();
  }));
  return column;
}

absl::StatusOr<std::optional<TrialQueryColumn>> TrialQueryColumns::FindNamed(const std::string& name) {
  constexpr Probe kFirst = {"number", kProbed};
  constexpr Probe kLast = {"number DESC", kProbed};
  constexpr Probe kAll = {"trial_id", -1};
  const std::pair<Part, Probe> looks[] = {{Part::kParameter, kFirst}, {Part::kParameter, kLast},
                                          {Part::kAttribute, kFirst}, {Part::kAttribute, kLast},
                                          {Part::kParameter, kAll},   {Part::kAttribute, kAll}};
  for (const auto& [part, which] : looks) {
    ASSIGN_OR_RETURN(const std::optional<TrialQueryColumn> column, Look(part, name, which));
    if (column.has_value()) return column;
  }
  for (const auto& [part, prefix] : {std::pair<Part, absl::string_view>{Part::kParameter, "parameter_"},
                                     std::pair<Part, absl::string_view>{Part::kAttribute, "attribute_"}}) {
    absl::string_view rest = name;
    if (!absl::ConsumePrefix(&rest, prefix)) continue;
    ASSIGN_OR_RETURN(const std::optional<TrialQueryColumn> column, Look(part, std::string(rest), kAll));
    if (column.has_value()) return column;
  }
  return std::optional<TrialQueryColumn>();
}

absl::StatusOr<std::optional<TrialQueryColumn>> TrialQueryColumns::Find(const std::string& name) {
  if (std::optional<TrialQueryColumn> fixed = FindFixed(name)) return fixed;
  const bool single = study_.directions.size() == 1;
  if (single && name == "value") return std::optional(TrialQueryColumn{Type::kNumber, kValue, int64_t{0}});
  // With several objectives their metrics are columns; with one, the attribute of that name is.
  std::optional<TrialQueryColumn> objective = FindObjective(name);
  if (objective.has_value() && !single) return objective;
  ASSIGN_OR_RETURN(std::optional<TrialQueryColumn> named, FindNamed(name));
  return named.has_value() ? named : objective;
}

absl::StatusOr<std::string> TrialQueryColumns::Suggest(const std::string& name) {
  std::vector<std::string> names = {study_.directions.size() == 1 ? "value" : "value_0"};
  for (const FixedColumn& column : kFixed) names.push_back(column.name);
  for (const FixedColumn& column : kOurs) names.push_back(column.name);
  names.insert(names.end(), metrics_.begin(), metrics_.end());
  ASSIGN_OR_RETURN(
      Statement & query,
      database_.Prepare("WITH sample AS (SELECT trial_id FROM trials WHERE study_id = ?1 ORDER BY number LIMIT ?2) "
                        "SELECT DISTINCT p.param_name FROM sample t CROSS JOIN trial_params p USING (trial_id) UNION "
                        "SELECT DISTINCT a.\"key\" FROM sample t CROSS JOIN trial_user_attributes a USING (trial_id)"));
  query.BindAll({study_.study_id, kSuggested});
  RETURN_IF_ERROR(query.ForEach([&] {
    names.push_back(query.Text(0));
    return absl::OkStatus();
  }));
  const std::string closest = ClosestName(name, names);
  if (closest.empty()) return std::string("; `parzen trial list -f csv` shows all columns");
  return absl::StrCat("; did you mean \"", closest, "\"?");
}

}  // namespace parzen
