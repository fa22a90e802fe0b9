// Values on the way, one curve a trial.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/plot.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

Plot IntermediateValues(const StudySnapshot& snapshot) {
  PlotTable table{"curves", {"number", "state", "step", "value"}, {}};
  Plot plot;
  std::vector<const TrialRecord*> curves;
  int longest = 1;
  for (const TrialRecord& trial : snapshot.trials) {
    if (trial.step_size() == 0) continue;
    curves.push_back(&trial);
    longest = std::max(longest, trial.step_size());
  }
  if (curves.empty()) plot.note = "no trial has told a value on its way";
  const size_t most = std::max<size_t>(kMostPlotRows / static_cast<size_t>(longest), 1);
  curves = ChooseTrials(snapshot, std::move(curves), most, plot.note);
  for (const TrialRecord* trial : curves) {
    for (const StepValue& step : trial->step()) {
      if (table.rows.size() == kMostPlotRows) break;  // one curve may be longer than all there is room for
      table.rows.push_back(
          {trial->number(), std::string(TrialStateName(trial->state())), step.step(), CellOf(step.value())});
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered =
    Registry<PlotKind>::Global().Add("intermediate_values", {"Values on the way", &IntermediateValues});

}  // namespace
}  // namespace parzen
