#include "cli/trial_rows.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/suggest.h"
#include "cli/named_values.h"
#include "cli/study_rows.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"
#include "studies/distribution_json.h"
#include "studies/reports/history.h"
#include "studies/reports/json_value.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

// Every name that any trial has, in order of appearance.
std::vector<std::string> NamesInTrials(const std::vector<TrialRecord>& trials,
                                       const NamedValues& (TrialRecord::*field)() const) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const TrialRecord& trial : trials) {
    for (const NamedJson& value : (trial.*field)()) {
      if (seen.insert(value.name()).second) names.push_back(value.name());
    }
  }
  return names;
}

std::vector<std::string> ValueColumns(const StudySummary& study) {
  return study.direction_size() <= 1 ? std::vector<std::string>{"value"} : ObjectiveNames(study);
}

const AttemptRecord& LastAttempt(const TrialRecord& trial) {
  return trial.attempt_size() > 0 ? trial.attempt(trial.attempt_size() - 1) : AttemptRecord::default_instance();
}

// A column of TrialTable: its name, and a trial's cell in it.
struct TrialColumn {
  std::string name;
  std::function<Cell(const TrialRecord&)> cell;
};

// One column for every name that any trial has in `field`.
void AddNamedColumns(const std::vector<TrialRecord>& trials, const NamedValues& (TrialRecord::*field)() const,
                     const std::string& prefix, ColumnNames& names, std::vector<TrialColumn>& columns) {
  for (const std::string& name : NamesInTrials(trials, field)) {
    columns.push_back({names.Take(name, prefix),
                       [field, name](const TrialRecord& trial) { return FindNamed((trial.*field)(), name); }});
  }
}

std::vector<TrialColumn> TrialColumns(const StudySummary& study, const std::vector<TrialRecord>& trials,
                                      bool everything) {
  ColumnNames names({"number", "state", "seconds", "worker", "attempts", "reason", "started", "completed"});
  std::vector<TrialColumn> columns = {
      {"number", [](const TrialRecord& trial) { return Cell(trial.number()); }},
      {"state", [](const TrialRecord& trial) { return Cell(std::string(TrialStateName(trial.state()))); }}};
  const std::vector<std::string> values = ValueColumns(study);
  for (int i = 0; i < static_cast<int>(values.size()); ++i) {
    columns.push_back({names.Take(values[i], "value"), [i](const TrialRecord& trial) {
                         return i < trial.value_size() ? Cell(trial.value(i)) : Cell();
                       }});
  }
  AddNamedColumns(trials, &TrialRecord::parameter, "parameter", names, columns);
  columns.push_back({"seconds", [](const TrialRecord& trial) {
                       const std::optional<double> seconds = TrialSeconds(trial);
                       return seconds ? Cell(*seconds) : Cell();
                     }});
  columns.push_back({"worker", [](const TrialRecord& trial) { return TextOrNull(LastAttempt(trial).worker()); }});
  columns.push_back({"attempts", [](const TrialRecord& trial) { return Cell(LastAttempt(trial).attempt()); }});
  columns.push_back({"reason", [](const TrialRecord& trial) { return TextOrNull(LastAttempt(trial).reason()); }});
  if (!everything) return columns;
  columns.push_back({"started", [](const TrialRecord& trial) { return TextOrNull(trial.started()); }});
  columns.push_back({"completed", [](const TrialRecord& trial) { return TextOrNull(trial.completed()); }});
  AddNamedColumns(trials, &TrialRecord::user_attribute, "attribute", names, columns);
  return columns;
}

// "accuracy 0.9512, macro F1 0.951, log loss 0.21" from values like "validation_accuracy".
std::string DescribeMetrics(const NamedValues& values, const std::string& part) {
  constexpr const char* kWords[][2] = {{"accuracy", "accuracy"},
                                       {"macro_f1", "macro F1"},
                                       {"log_loss", "log loss"},
                                       {"r2", "R2"},
                                       {"root_mean_squared_error", "RMSE"},
                                       {"inertia", "inertia"},
                                       {"log_likelihood", "log-likelihood"},
                                       {"silhouette", "silhouette"},
                                       {"homogeneity", "homogeneity"},
                                       {"adjusted_rand", "adjusted Rand"},
                                       {"trustworthiness", "trustworthiness"},
                                       {"neighbor_accuracy", "neighbour accuracy"},
                                       {"kl_divergence", "KL divergence"},
                                       {"stress", "stress"}};
  std::vector<std::string> texts;
  for (const auto& [metric, words] : kWords) {
    const Cell value = FindNamed(values, absl::StrCat(part, "_", metric));
    if (!value.is_null()) texts.push_back(absl::StrCat(words, " ", CellForPeople(value)));
  }
  return absl::StrJoin(texts, ", ");
}

// "" where the model converged, or does not iterate.
std::string DescribeConvergence(const NamedValues& values) {
  const Cell converged = FindNamed(values, "converged"), iterations = FindNamed(values, "iterations");
  if (!converged.is_number() || converged.get<double>() >= 1) return "";
  return absl::StrCat("not reached in ", CellForPeople(iterations),
                      " iterations; scaled features need fewer, max_iterations allows more");
}

}  // namespace

Table TrialTable(const StudySummary& study, const std::vector<TrialRecord>& trials, bool everything) {
  const std::vector<TrialColumn> columns = TrialColumns(study, trials, everything);
  std::vector<std::string> names;
  for (const TrialColumn& column : columns) names.push_back(column.name);
  Table table(names);
  for (const TrialRecord& trial : trials) {
    std::vector<Cell> row;
    for (const TrialColumn& column : columns) row.push_back(column.cell(trial));
    table.AddRow(std::move(row));
  }
  return table;
}

absl::StatusOr<Table> ChosenTrialTable(const StudySummary& study, const std::vector<TrialRecord>& trials,
                                       const std::vector<std::string>& columns) {
  std::vector<TrialColumn> known = TrialColumns(study, trials, /*everything=*/true);
  known.push_back({"step", [](const TrialRecord& trial) {
                     return trial.step_size() > 0 ? Cell(trial.step(trial.step_size() - 1).step()) : Cell();
                   }});
  known.push_back({"steps", [](const TrialRecord& trial) { return Cell(trial.step_size()); }});
  std::vector<std::string> names;
  for (const TrialColumn& column : known) names.push_back(column.name);
  std::vector<const TrialColumn*> chosen;
  for (const std::string& name : columns) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end() && trials.empty()) continue;
    if (found == names.end()) {
      return absl::NotFoundError(
          absl::StrCat("no trial that is listed has a column \"", Printable(name), "\"", SuggestName(name, names)));
    }
    chosen.push_back(&known[static_cast<size_t>(found - names.begin())]);
  }
  if (trials.empty()) return Table(columns);
  Table table(columns);
  for (const TrialRecord& trial : trials) {
    std::vector<Cell> row;
    for (const TrialColumn* column : chosen) row.push_back(column->cell(trial));
    table.AddRow(std::move(row));
  }
  return table;
}

Table TrialDetails(const StudySummary& study, const TrialRecord& trial) {
  std::vector<std::string> names;
  std::vector<Cell> row;
  for (const TrialColumn& column : TrialColumns(study, {trial}, /*everything=*/true)) {
    names.push_back(column.name);
    row.push_back(column.cell(trial));
  }
  ColumnNames taken({names.begin(), names.end()});
  const auto add = [&](const std::string& name, Cell cell) {
    names.push_back(taken.Take(name, "trial"));
    row.push_back(std::move(cell));
  };
  Cell constraints = Cell::object();
  for (const MetricValue& constraint : trial.constraint()) constraints[constraint.name()] = constraint.value();
  Cell steps = Cell::array();
  for (const StepValue& step : trial.step()) steps.push_back({{"step", step.step()}, {"value", step.value()}});
  Cell distributions = Cell::object();
  for (int i = 0; i < std::min(trial.parameter_size(), trial.distribution_size()); ++i) {
    distributions[trial.parameter(i).name()] = ReadJsonValue(trial.distribution(i));
  }
  Cell tries = Cell::array();
  for (const AttemptRecord& attempt : trial.attempt()) {
    tries.push_back({{"attempt", attempt.attempt()},
                     {"state", AttemptState_Name(attempt.state())},
                     {"worker", TextOrNull(attempt.worker())},
                     {"host", TextOrNull(attempt.host())},
                     {"started", TextOrNull(attempt.started())},
                     {"ended", TextOrNull(attempt.ended())},
                     {"reason", TextOrNull(attempt.reason())}});
  }
  Cell events = Cell::array();
  for (const TrialEvent& event : trial.event()) {
    events.push_back({{"time", event.time()}, {"kind", event.kind()}, {"detail", event.detail()}});
  }
  for (const NamedJson& attribute : trial.system_attribute()) {
    if (attribute.name() == "fixed_params") add("enqueued_with", ReadJsonValue(attribute.json()));
  }
  add("constraints", std::move(constraints));
  add("intermediate_values", std::move(steps));
  add("distributions", std::move(distributions));
  add("tries", std::move(tries));
  add("events", std::move(events));
  Table table(std::move(names));
  table.AddRow(std::move(row));
  return table;
}

Table ParameterTable(const TrialRecord& trial) {
  Table table({"parameter", "value", "could have been"});
  for (int i = 0; i < trial.parameter_size(); ++i) {
    const absl::StatusOr<Distribution> distribution =
        DistributionFromJson(i < trial.distribution_size() ? trial.distribution(i) : "");
    table.AddRow({trial.parameter(i).name(), ReadJsonValue(trial.parameter(i).json()),
                  distribution.ok() ? Cell(DescribeValues(*distribution)) : Cell()});
  }
  return table;
}

Table ConstraintTable(const TrialRecord& trial) {
  Table table({"constraint", "distance", "kept"});
  for (const MetricValue& constraint : trial.constraint()) {
    table.AddRow({constraint.name(), constraint.value(), constraint.value() <= 0 ? "yes" : "no"});
  }
  return table;
}

Table StepTable(const TrialRecord& trial) {
  Table table({"step", "value"});
  for (const StepValue& step : trial.step()) table.AddRow({step.step(), step.value()});
  return table;
}

Table AttemptTable(const TrialRecord& trial) {
  Table table({"attempt", "state", "worker", "host", "started", "ended", "reason"});
  for (const AttemptRecord& attempt : trial.attempt()) {
    table.AddRow({attempt.attempt(), AttemptState_Name(attempt.state()), attempt.worker(), attempt.host(),
                  attempt.started(), attempt.ended(), attempt.reason()});
  }
  return table;
}

Table BestRecord(const StudySummary& study) {
  const TrialRecord& best = study.best();
  ColumnNames names({"number", "value", "objective"});
  std::vector<std::string> columns = {"number", "value", "objective"};
  std::vector<Cell> cells = {best.number(), BestValue(study), DescribeObjectives(study)};
  const auto add = [&](const NamedValues& values, const std::string& prefix) {
    for (const NamedJson& value : values) {
      columns.push_back(names.Take(value.name(), prefix));
      cells.push_back(ReadJsonValue(value.json()));
    }
  };
  add(best.parameter(), "parameter");
  add(best.user_attribute(), "attribute");
  if (study.has_final()) add(MetricValues(study.final().metrics()), "final");
  Table table(columns);
  table.AddRow(std::move(cells));
  return table;
}

std::string DescribeParameters(const TrialRecord& trial) {
  return absl::StrJoin(trial.parameter(), ", ", [](std::string* out, const NamedJson& parameter) {
    absl::StrAppend(out, DescribeNamed(parameter));
  });
}

std::vector<Field> BestFields(const StudySummary& study) {
  const TrialRecord& best = study.best();
  std::vector<Field> fields = {
      {"best trial", absl::StrCat(best.number(), " (of ", FinishedTrials(study), " finished)")},
      {"value", absl::StrCat(CellForPeople(BestValue(study)), "  (", Printable(DescribeObjectives(study)), ")")}};
  for (const NamedJson& parameter : best.parameter()) {
    fields.emplace_back("parameters", DescribeNamed(parameter));
  }
  const auto add = [&](const std::string& name, const std::string& text) {
    if (!text.empty()) fields.emplace_back(name, text);
  };
  const std::string held_out = DescribeMetrics(best.user_attribute(), "validation");
  add("validation", held_out);
  // What learns without labels may have seen all rows.
  if (held_out.empty()) add("training", DescribeMetrics(best.user_attribute(), "train"));
  const Cell fit = FindNamed(best.user_attribute(), "fit_seconds");
  if (!fit.is_null()) add("fit", absl::StrCat(CellForPeople(fit), " s"));
  add("convergence", DescribeConvergence(best.user_attribute()));
  if (study.has_final() && study.final().trial_number() == best.number()) {
    add("test", DescribeMetrics(MetricValues(study.final().metrics()), "test"));
  }
  return fields;
}

}  // namespace parzen
