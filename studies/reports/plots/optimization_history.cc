// How a study got better, trial by trial.
#include <algorithm>

#include "studies/reports/plots/plot.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

Plot OptimizationHistory(const StudySnapshot& snapshot) {
  PlotTable table{"points", {"objective", "number", "state", "value", "best"}, {}};
  Plot plot;
  Trials all;
  for (const TrialRecord& trial : snapshot.trials) {
    if (trial.state() == COMPLETE || trial.state() == PRUNED) all.push_back(&trial);
  }
  if (all.empty()) plot.notes.emplace_back("no trial has a value yet");
  const auto objectives = static_cast<size_t>(std::max(snapshot.objectives(), 1));
  const Trials shown = ChooseTrials(snapshot, all, kMostPlotRows / objectives, plot.notes);
  for (const ObjectiveHistory& history : StudyHistory(snapshot.study, snapshot.trials)) {
    auto next = shown.begin();
    for (const HistoryPoint& point : history.points) {
      if (next == shown.end() || (*next)->number() != point.number) continue;
      ++next;
      table.rows.push_back({history.metric, point.number, std::string(TrialStateName(point.state)), CellOf(point.value),
                            CellOf(point.best_so_far)});
    }
  }
  if (plot.notes.empty() && table.rows.empty()) plot.notes.emplace_back("the study has no objective");
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("optimization_history", &OptimizationHistory);

}  // namespace
}  // namespace parzen
