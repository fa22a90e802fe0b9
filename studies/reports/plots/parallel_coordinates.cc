// One line a trial, through its parameters and its values; and what lies at the ends of each axis.
#include <algorithm>

#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

// Columns of the widest table that is worth looking at.
constexpr size_t kMostAxes = 200;

Plot ParallelCoordinates(const StudySnapshot& snapshot) {
  Plot plot;
  const std::vector<const TrialRecord*> valued = ValuedTrials(snapshot);
  if (valued.empty()) plot.note = "no trial is complete with finite values";
  const auto shown = ChooseTrials(snapshot, valued, kMostPlotRows / 4, plot.note);
  std::vector<std::string> parameters = ParameterNames(shown);
  parameters.resize(std::min(parameters.size(), kMostAxes));
  PlotTable table{"lines", {"number"}, {}};
  for (const std::string& name : ObjectiveNames(snapshot.study)) table.columns.push_back("value: " + name);
  for (const std::string& name : parameters) table.columns.push_back(name);
  for (const TrialRecord* trial : shown) {
    std::vector<nlohmann::ordered_json> row{trial->number()};
    for (int i = 0; i < snapshot.study.direction_size(); ++i) row.push_back(CellOf(trial->value(i)));
    for (const std::string& name : parameters) row.push_back(ParameterCell(*trial, name));
    table.rows.push_back(std::move(row));
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered =
    Registry<PlotKind>::Global().Add("parallel_coordinates", {"Every trial at once", &ParallelCoordinates});

}  // namespace
}  // namespace parzen
