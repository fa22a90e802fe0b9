#include "cli/trial_rows.h"

#include <functional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/named_values.h"
#include "cli/study_rows.h"
#include "cli/terminal.h"
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
  constexpr const char* kWords[][2] = {{"accuracy", "accuracy"}, {"macro_f1", "macro F1"}, {"log_loss", "log loss"}};
  std::vector<std::string> texts;
  for (const auto& [metric, words] : kWords) {
    const Cell value = FindNamed(values, absl::StrCat(part, "_", metric));
    if (!value.is_null()) texts.push_back(absl::StrCat(words, " ", CellForPeople(value)));
  }
  return absl::StrJoin(texts, ", ");
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
  add("validation", DescribeMetrics(best.user_attribute(), "validation"));
  const Cell fit = FindNamed(best.user_attribute(), "fit_seconds");
  if (!fit.is_null()) add("fit", absl::StrCat(CellForPeople(fit), " s"));
  if (study.has_final() && study.final().trial_number() == best.number()) {
    add("test", DescribeMetrics(MetricValues(study.final().metrics()), "test"));
  }
  return fields;
}

}  // namespace parzen
