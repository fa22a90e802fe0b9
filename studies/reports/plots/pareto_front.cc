// Trials of several objectives, those that no other beats in everything marked.
#include <set>

#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

Plot ParetoFrontPlot(const StudySnapshot& snapshot) {
  Plot plot;
  PlotTable table{"points", {"number", "is_best", "is_feasible"}, {}};
  for (const std::string& name : ObjectiveNames(snapshot.study)) table.AddColumn(name);
  const Trials valued = ValuedTrials(snapshot);
  if (snapshot.objectives() < 2) {
    plot.notes.emplace_back("the study has no two objectives");
  } else if (valued.empty()) {
    plot.notes.emplace_back(kNoValues);
  } else {
    const Trials front = ParetoFront(snapshot, valued);
    const std::set<const TrialRecord*> best(front.begin(), front.end());
    for (const TrialRecord* trial : ChooseTrials(valued, front, kMostPlotRows, plot.notes)) {
      std::vector<PlotCell> row{trial->number(), best.contains(trial), IsFeasible(*trial)};
      for (int i = 0; i < snapshot.objectives(); ++i) row.push_back(CellOf(trial->value(i)));
      table.rows.push_back(std::move(row));
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("pareto_front", &ParetoFrontPlot);

}  // namespace
}  // namespace parzen
