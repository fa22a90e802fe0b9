#include "studies/reports/history.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace parzen {
namespace {

bool IsBetter(Direction direction, double value, double than) {
  return direction == MAXIMIZE ? value > than : value < than;
}

}  // namespace

std::vector<std::string> ObjectiveNames(const StudySummary& study) {
  std::vector<std::string> names;
  for (int i = 0; i < study.direction_size(); ++i) {
    names.push_back(i < study.metric_size() ? study.metric(i) : absl::StrCat("value_", i));
  }
  return names;
}

std::optional<double> FiniteValue(const TrialRecord& trial, int i) {
  const bool has_values = trial.state() == COMPLETE || trial.state() == PRUNED;
  if (!has_values || i >= trial.value_size() || !std::isfinite(trial.value(i))) return std::nullopt;
  return trial.value(i);
}

bool IsFeasible(const TrialRecord& trial) {
  return std::all_of(trial.constraint().begin(), trial.constraint().end(),
                     [](const MetricValue& constraint) { return constraint.value() <= 0; });
}

std::vector<ObjectiveHistory> StudyHistory(const StudySummary& study, absl::Span<const TrialRecord> trials) {
  const std::vector<std::string> names = ObjectiveNames(study);
  std::vector<ObjectiveHistory> histories;
  for (int i = 0; i < study.direction_size(); ++i) {
    ObjectiveHistory& history = histories.emplace_back();
    history.metric = names[static_cast<size_t>(i)];
    history.direction = study.direction(i);
    std::optional<double> best;
    for (const TrialRecord& trial : trials) {
      const std::optional<double> value = FiniteValue(trial, i);
      const bool counts = value && trial.state() == COMPLETE;
      if (counts && (!best || IsBetter(history.direction, *value, *best))) best = value;
      history.points.push_back({trial.number(), trial.state(), value, best});
    }
  }
  return histories;
}

std::optional<double> SecondsBetween(const std::string& from, const std::string& to) {
  constexpr char kFormat[] = "%Y-%m-%d %H:%M:%E*S";
  absl::Time start;
  absl::Time end;
  if (!absl::ParseTime(kFormat, from, &start, nullptr) || !absl::ParseTime(kFormat, to, &end, nullptr)) {
    return std::nullopt;
  }
  return absl::ToDoubleSeconds(end - start);
}

std::optional<double> TrialSeconds(const TrialRecord& trial) {
  return SecondsBetween(trial.started(), trial.completed());
}

}  // namespace parzen
