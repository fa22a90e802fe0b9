// How a study got better, trial by trial.
#include "studies/reports/plots/plot.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

Plot OptimizationHistory(const StudySnapshot& snapshot) {
  PlotTable table{"points", {"objective", "number", "state", "value", "best"}, {}};
  Plot plot;
  std::vector<const TrialRecord*> all;
  for (const TrialRecord& trial : snapshot.trials) {
    if (trial.state() == COMPLETE || trial.state() == PRUNED) all.push_back(&trial);
  }
  const size_t objectives = static_cast<size_t>(std::max(snapshot.study.direction_size(), 1));
  const auto shown = ChooseTrials(snapshot, all, kMostPlotRows / objectives, plot.note);
  if (all.empty()) plot.note = "no trial has a value yet";
  for (const ObjectiveHistory& history : StudyHistory(snapshot.study, snapshot.trials)) {
    auto next = shown.begin();
    for (const HistoryPoint& point : history.points) {
      if (next == shown.end() || (*next)->number() != point.number) continue;
      ++next;
      table.rows.push_back({history.metric, point.number, std::string(TrialStateName(point.state)), OrNull(point.value),
                            OrNull(point.best_so_far)});
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered =
    Registry<PlotKind>::Global().Add("optimization_history", {"How the study got better", &OptimizationHistory});

}  // namespace
}  // namespace parzen
