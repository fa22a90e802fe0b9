#include "studies/reports/plots/plot.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "studies/pareto.h"
#include "studies/reports/json_value.h"
#include "studies/trial_state.h"

namespace parzen {

void PlotTable::AddColumn(std::string column) {
  while (std::find(columns.begin(), columns.end(), column) != columns.end()) column += "_";
  columns.push_back(std::move(column));
}

PlotCell CellOf(double number) { return std::isfinite(number) ? PlotCell(number) : PlotCell(); }
PlotCell CellOf(const std::optional<double>& number) { return number.has_value() ? CellOf(*number) : PlotCell(); }

Trials ValuedTrials(const StudySnapshot& snapshot) {
  Trials valued;
  for (const TrialRecord& trial : snapshot.trials) {
    bool counts = trial.state() == COMPLETE;
    for (int i = 0; i < snapshot.objectives(); ++i) counts = counts && FiniteValue(trial, i).has_value();
    if (counts) valued.push_back(&trial);
  }
  return valued;
}

void NoteWhatCounts(const StudySnapshot& snapshot, size_t counted, std::vector<std::string>& notes,
                    absl::string_view whose) {
  const auto ended = static_cast<size_t>(std::count_if(
      snapshot.trials.begin(), snapshot.trials.end(), [](const TrialRecord& trial) { return IsFinal(trial.state()); }));
  if (counted == 0 || counted >= ended) return;
  notes.push_back(absl::StrCat(whose, whose.empty() ? "" : ": ", Grouped(counted), " of ", Grouped(ended),
                               " trials: those that are complete with a value"));
}

Trials ParetoFront(const StudySnapshot& snapshot, const Trials& valued) {
  Trials feasible;
  std::vector<std::vector<double>> costs;
  for (const TrialRecord* trial : valued) {
    if (!IsFeasible(*trial)) continue;
    feasible.push_back(trial);
    std::vector<double>& cost = costs.emplace_back();
    for (int i = 0; i < snapshot.objectives(); ++i) cost.push_back(snapshot.Cost(*trial, i));
  }
  // Nothing ends the work on the way, so it cannot fail.
  const std::vector<size_t> best = FirstFront(costs, [] { return absl::OkStatus(); }).value();
  Trials front;
  for (const size_t i : best) front.push_back(feasible[i]);
  return front;
}

std::vector<std::string> ParameterNames(const Trials& trials) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const TrialRecord* trial : trials) {
    for (const NamedJson& parameter : trial->parameter()) {
      if (seen.insert(parameter.name()).second) names.push_back(parameter.name());
    }
  }
  return names;
}

std::optional<PlotCell> ParameterOf(const TrialRecord& trial, absl::string_view name) {
  for (const NamedJson& parameter : trial.parameter()) {
    if (parameter.name() != name) continue;
    PlotCell value = ReadJsonValue(parameter.json());
    return value.is_number_float() ? CellOf(value.get<double>()) : value;
  }
  return std::nullopt;
}

std::string Grouped(size_t count) {
  std::string text = absl::StrCat(count);
  for (size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, 1, ',');
  return text;
}

Trials ChooseTrials(const Trials& trials, const Trials& first, size_t most, std::vector<std::string>& notes) {
  if (trials.size() <= most) return trials;
  std::set<const TrialRecord*> chosen;
  const auto take_evenly = [&](const Trials& from, size_t count) {
    for (size_t i = 0; i < count; ++i) chosen.insert(from[count == 1 ? 0 : i * (from.size() - 1) / (count - 1)]);
  };
  take_evenly(first, std::min(first.size(), most));
  take_evenly(trials, most - chosen.size());
  Trials shown;
  for (const TrialRecord* trial : trials) {
    if (chosen.contains(trial)) shown.push_back(trial);
  }
  notes.push_back(absl::StrCat(Grouped(shown.size()), " of ", Grouped(trials.size()), " trials are shown"));
  return shown;
}

Trials ChooseTrials(const StudySnapshot& snapshot, const Trials& trials, size_t most, std::vector<std::string>& notes) {
  std::set<int64_t> numbers;
  for (int i = 0; i < snapshot.objectives(); ++i) {
    const TrialRecord* best = nullptr;
    for (const TrialRecord* trial : trials) {
      if (trial->state() != COMPLETE || !FiniteValue(*trial, i).has_value()) continue;
      if (best == nullptr || snapshot.Cost(*trial, i) < snapshot.Cost(*best, i)) best = trial;
    }
    if (best != nullptr) numbers.insert(best->number());
  }
  Trials first;
  for (const TrialRecord* trial : trials) {
    if (numbers.contains(trial->number())) first.push_back(trial);
  }
  return ChooseTrials(trials, first, most, notes);
}

}  // namespace parzen
