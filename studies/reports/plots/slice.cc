// Each objective over each parameter by itself.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

// Of one objective over one parameter, at least; with more of them than that allows, the last are left out.
constexpr size_t kFewestPoints = 50;

Plot Slice(const StudySnapshot& snapshot) {
  PlotTable table{"points", {"objective", "parameter", "number", "x", "value"}, {}};
  Plot plot;
  const Trials valued = ValuedTrials(snapshot);
  if (valued.empty()) plot.notes.emplace_back(kNoValues);
  NoteWhatCounts(snapshot, valued.size(), plot.notes);
  const std::vector<std::string> objectives = ObjectiveNames(snapshot.study);
  std::vector<std::string> parameters = ParameterNames(valued);
  if (!valued.empty() && parameters.empty()) plot.notes.emplace_back("the study has no parameter");
  const size_t room = kMostPlotRows / kFewestPoints / std::max<size_t>(objectives.size(), 1);
  if (parameters.size() > room) {
    plot.notes.push_back(absl::StrCat(room, " of ", parameters.size(), " parameters are shown"));
    parameters.resize(room);
  }
  const size_t slices = std::max<size_t>(objectives.size() * parameters.size(), 1);
  const Trials shown = ChooseTrials(snapshot, valued, kMostPlotRows / slices, plot.notes);
  for (size_t i = 0; i < objectives.size(); ++i) {
    for (const std::string& parameter : parameters) {
      for (const TrialRecord* trial : shown) {
        std::optional<PlotCell> x = ParameterOf(*trial, parameter);
        if (!x.has_value()) continue;
        table.rows.push_back(
            {objectives[i], parameter, trial->number(), *std::move(x), CellOf(trial->value(static_cast<int>(i)))});
      }
    }
  }
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("slice", &Slice);

}  // namespace
}  // namespace parzen
