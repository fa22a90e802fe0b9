// Trials of several objectives, those that no other dominates marked.
#include "studies/pareto.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

bool IsFeasible(const TrialRecord& trial) {
  return std::all_of(trial.constraint().begin(), trial.constraint().end(),
                     [](const MetricValue& constraint) { return constraint.value() <= 0; });
}

Plot ParetoFront(const StudySnapshot& snapshot) {
  const int objectives = snapshot.study.direction_size();
  Plot plot;
  PlotTable table{"points", {"number"}, {}};
  for (const std::string& name : ObjectiveNames(snapshot.study)) table.columns.push_back(name);
  table.columns.insert(table.columns.end(), {"is_best", "is_feasible"});
  const std::vector<const TrialRecord*> valued = ValuedTrials(snapshot);
  const auto shown = ChooseTrials(snapshot, valued, kMostPlotRows, plot.note);
  if (objectives < 2) plot.note = "the study has one objective";
  if (objectives >= 2 && valued.empty()) plot.note = "no trial is complete with finite values";
  if (objectives >= 2) {
    std::vector<std::vector<double>> costs;  // of the feasible ones
    for (const TrialRecord* trial : valued) {
      if (!IsFeasible(*trial)) continue;
      std::vector<double>& cost = costs.emplace_back();
      for (int i = 0; i < objectives; ++i) {
        cost.push_back(snapshot.study.direction(i) == MAXIMIZE ? -trial->value(i) : trial->value(i));
      }
    }
    const std::vector<int> ranks = NonDominationRanks(costs);
    std::set<int64_t> best;
    size_t next = 0;
    for (const TrialRecord* trial : valued) {
      if (IsFeasible(*trial) && ranks[next++] == 0) best.insert(trial->number());
    }
    for (const TrialRecord* trial : shown) {
      std::vector<nlohmann::ordered_json> row{trial->number()};
      for (int i = 0; i < objectives; ++i) row.push_back(CellOf(trial->value(i)));
      row.push_back(best.contains(trial->number()));
      row.push_back(IsFeasible(*trial));
      table.rows.push_back(std::move(row));
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered =
    Registry<PlotKind>::Global().Add("pareto_front", {"What no other trial beats in everything", &ParetoFront});

}  // namespace
}  // namespace parzen
