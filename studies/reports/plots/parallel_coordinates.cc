// One line a trial, through its values and its parameters.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

// Columns of the widest table that is worth looking at.
constexpr size_t kMostAxes = 200;
constexpr size_t kMostLines = 5000;

Plot ParallelCoordinates(const StudySnapshot& snapshot) {
  Plot plot;
  const Trials valued = ValuedTrials(snapshot);
  if (valued.empty()) plot.notes.emplace_back(kNoValues);
  NoteWhatCounts(snapshot, valued.size(), plot.notes);
  const Trials shown = ChooseTrials(snapshot, valued, kMostLines, plot.notes);
  std::vector<std::string> parameters = ParameterNames(shown);
  if (parameters.size() > kMostAxes) {
    plot.notes.push_back(absl::StrCat(kMostAxes, " of ", parameters.size(), " parameters are shown"));
    parameters.resize(kMostAxes);
  }
  PlotTable table{"lines", {"number"}, {}};
  for (const std::string& name : ObjectiveNames(snapshot.study)) table.AddColumn(name);
  for (const std::string& name : parameters) table.AddColumn(name);
  for (const TrialRecord* trial : shown) {
    std::vector<PlotCell> row{trial->number()};
    for (int i = 0; i < snapshot.objectives(); ++i) row.push_back(CellOf(trial->value(i)));
    for (const std::string& name : parameters) row.push_back(ParameterOf(*trial, name).value_or(PlotCell()));
    table.rows.push_back(std::move(row));
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("parallel_coordinates", &ParallelCoordinates);

}  // namespace
}  // namespace parzen
