// How good each trial is among all: 0 for the smallest value of an objective, 1 for the largest, equal ones in the
// middle of their places; beside the parameters, which pairs of parameters go with good values.
#include <algorithm>

#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

Plot Rank(const StudySnapshot& snapshot) {
  PlotTable table{"ranks", {"objective", "number", "value", "rank"}, {}};
  Plot plot;
  const std::vector<const TrialRecord*> valued = ValuedTrials(snapshot);
  if (valued.empty()) plot.note = "no trial is complete with finite values";
  const std::vector<std::string> names = ObjectiveNames(snapshot.study);
  const auto shown = ChooseTrials(snapshot, valued, kMostPlotRows / std::max<size_t>(names.size(), 1), plot.note);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto value = [&](const TrialRecord* trial) { return trial->value(static_cast<int>(i)); };
    std::vector<double> sorted;
    for (const TrialRecord* trial : valued) sorted.push_back(value(trial));
    std::sort(sorted.begin(), sorted.end());
    for (const TrialRecord* trial : shown) {
      const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value(trial));
      const double place = static_cast<double>(first - sorted.begin() + (last - 1 - sorted.begin())) / 2;
      const double rank = sorted.size() == 1 ? 0.5 : place / static_cast<double>(sorted.size() - 1);
      table.rows.push_back({names[i], trial->number(), CellOf(value(trial)), rank});
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<PlotKind>::Global().Add("rank", {"How good each trial is among all", &Rank});

}  // namespace
}  // namespace parzen
