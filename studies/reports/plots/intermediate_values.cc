// Values on the way, one curve a trial.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/plot.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

// More than anyone sees in a curve.
constexpr int kMostSteps = 1000;

Plot IntermediateValues(const StudySnapshot& snapshot) {
  PlotTable table{"curves", {"number", "state", "step", "value"}, {}};
  Plot plot;
  Trials curves;
  int longest = 1;
  for (const TrialRecord& trial : snapshot.trials) {
    if (trial.step_size() == 0) continue;
    curves.push_back(&trial);
    longest = std::max(longest, trial.step_size());
  }
  if (curves.empty()) plot.notes.emplace_back("no trial has told a value on its way");
  if (longest > kMostSteps) {
    plot.notes.push_back(
        absl::StrCat("of curves of up to ", longest, " steps, at most ", kMostSteps, " steps are shown"));
  }
  const auto room = kMostPlotRows / static_cast<size_t>(std::min(longest, kMostSteps));
  for (const TrialRecord* trial : ChooseTrials(snapshot, curves, room, plot.notes)) {
    const int steps = trial->step_size(), shown = std::min(steps, kMostSteps);
    for (int i = 1; i <= shown; ++i) {
      const StepValue& step = trial->step(static_cast<int>(int64_t{steps} * i / shown) - 1);
      table.rows.push_back(
          {trial->number(), std::string(TrialStateName(trial->state())), step.step(), CellOf(step.value())});
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("intermediate_values", &IntermediateValues);

}  // namespace
}  // namespace parzen
