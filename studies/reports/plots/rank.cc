// How good each trial is among all: 0 for the smallest value of an objective, 1 for the largest, equal ones in the
// middle of their places.
#include <algorithm>

#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

Plot Rank(const StudySnapshot& snapshot) {
  PlotTable table{"ranks", {"objective", "number", "value", "rank"}, {}};
  Plot plot;
  const Trials valued = ValuedTrials(snapshot);
  if (valued.empty()) plot.notes.emplace_back(kNoValues);
  NoteWhatCounts(snapshot, valued.size(), plot.notes);
  const std::vector<std::string> names = ObjectiveNames(snapshot.study);
  const Trials shown = ChooseTrials(snapshot, valued, kMostPlotRows / std::max<size_t>(names.size(), 1), plot.notes);
  for (size_t i = 0; i < names.size(); ++i) {
    const auto value = [&](const TrialRecord* trial) { return trial->value(static_cast<int>(i)); };
    std::vector<double> sorted;
    for (const TrialRecord* trial : valued) sorted.push_back(value(trial));
    std::sort(sorted.begin(), sorted.end());
    for (const TrialRecord* trial : shown) {
      const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value(trial));
      const double place = static_cast<double>((first - sorted.begin()) + (last - 1 - sorted.begin())) / 2;
      const double rank = sorted.size() == 1 ? 0.5 : place / static_cast<double>(sorted.size() - 1);
      table.rows.push_back({names[i], trial->number(), CellOf(value(trial)), rank});
    }
  }
  if (plot.notes.empty() && table.rows.empty()) plot.notes.emplace_back("the study has no objective");
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("rank", &Rank);

}  // namespace
}  // namespace parzen
