#include "studies/reports/plots/plot.h"

#include <cmath>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "studies/reports/json_value.h"

namespace parzen {

nlohmann::ordered_json CellOf(double number) {
  return std::isfinite(number) ? nlohmann::ordered_json(number) : nullptr;
}

std::vector<const TrialRecord*> ValuedTrials(const StudySnapshot& snapshot) {
  std::vector<const TrialRecord*> valued;
  for (const TrialRecord& trial : snapshot.trials) {
    bool counts = trial.state() == COMPLETE;
    for (int i = 0; i < snapshot.study.direction_size(); ++i) counts = counts && FiniteValue(trial, i).has_value();
    if (counts) valued.push_back(&trial);
  }
  return valued;
}

std::vector<std::string> ParameterNames(absl::Span<const TrialRecord* const> trials) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const TrialRecord* trial : trials) {
    for (const NamedJson& parameter : trial->parameter()) {
      if (seen.insert(parameter.name()).second) names.push_back(parameter.name());
    }
  }
  return names;
}

nlohmann::ordered_json ParameterCell(const TrialRecord& trial, absl::string_view name) {
  for (const NamedJson& parameter : trial.parameter()) {
    if (parameter.name() != name) continue;
    nlohmann::ordered_json value = ReadJsonValue(parameter.json());
    return value.is_number_float() ? CellOf(value.get<double>()) : value;
  }
  return nullptr;
}

std::vector<const TrialRecord*> ChooseTrials(const StudySnapshot& snapshot, std::vector<const TrialRecord*> trials,
                                             size_t most, std::string& note) {
  const auto objectives = static_cast<size_t>(snapshot.study.direction_size());
  if (trials.size() <= most || most < objectives + 2) return trials;
  std::vector<bool> is_chosen(trials.size());
  const size_t evenly = most - objectives;
  for (size_t i = 0; i < evenly; ++i) is_chosen[i * (trials.size() - 1) / (evenly - 1)] = true;
  for (int i = 0; i < snapshot.study.direction_size(); ++i) {
    const double sign = snapshot.study.direction(i) == MAXIMIZE ? -1 : 1;
    std::optional<size_t> best;
    for (size_t t = 0; t < trials.size(); ++t) {
      const std::optional<double> value = FiniteValue(*trials[t], i);
      if (trials[t]->state() != COMPLETE || !value.has_value()) continue;
      if (!best.has_value() || sign * *value < sign * *FiniteValue(*trials[*best], i)) best = t;
    }
    if (best.has_value()) is_chosen[*best] = true;
  }
  std::vector<const TrialRecord*> chosen;
  for (size_t t = 0; t < trials.size(); ++t) {
    if (is_chosen[t]) chosen.push_back(trials[t]);
  }
  note = absl::StrCat(chosen.size(), " of ", trials.size(), " trials are shown, the best among them");
  return chosen;
}

}  // namespace parzen
