// Each objective over each parameter by itself.
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

Plot Slice(const StudySnapshot& snapshot) {
  PlotTable table{"points", {"objective", "parameter", "number", "x", "value"}, {}};
  Plot plot;
  const std::vector<const TrialRecord*> valued = ValuedTrials(snapshot);
  if (valued.empty()) plot.note = "no trial is complete with finite values";
  const std::vector<std::string> objectives = ObjectiveNames(snapshot.study), parameters = ParameterNames(valued);
  const size_t slices = std::max<size_t>(objectives.size() * parameters.size(), 1);
  const auto shown = ChooseTrials(snapshot, valued, kMostPlotRows / slices, plot.note);
  for (size_t i = 0; i < objectives.size(); ++i) {
    for (const std::string& parameter : parameters) {
      for (const TrialRecord* trial : shown) {
        nlohmann::ordered_json x = ParameterCell(*trial, parameter);
        if (x.is_null() || table.rows.size() == kMostPlotRows) continue;
        table.rows.push_back(
            {objectives[i], parameter, trial->number(), std::move(x), CellOf(trial->value(static_cast<int>(i)))});
      }
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<PlotKind>::Global().Add("slice", {"Each parameter by itself", &Slice});

}  // namespace
}  // namespace parzen
