// Which share of the trials is at most as large: the empirical distribution of an objective's values (Radosavovic et
// al., On Network Design Spaces for Visual Recognition, 2019). It is told where it steps, which is exact, and shows
// what most trials are like beside one that is far off.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

// Steps of an objective, at most; of more values these are evenly chosen by their order.
constexpr size_t kMostSteps = 400;

Plot Edf(const StudySnapshot& snapshot) {
  PlotTable table{"points", {"objective", "value", "share"}, {}};
  Plot plot;
  const std::vector<std::string> names = ObjectiveNames(snapshot.study);
  for (int objective = 0; objective < snapshot.objectives(); ++objective) {
    const std::string& name = names[static_cast<size_t>(objective)];
    std::vector<double> values;
    for (const TrialRecord& trial : snapshot.trials) {
      const std::optional<double> value = FiniteValue(trial, objective);
      if (trial.state() == COMPLETE && value.has_value()) values.push_back(*value);
    }
    if (values.empty()) continue;
    std::sort(values.begin(), values.end());
    NoteWhatCounts(snapshot, values.size(), plot.notes, snapshot.objectives() > 1 ? name : "");
    const size_t steps = std::min({values.size(), kMostSteps, kMostPlotRows / names.size()});
    if (steps < values.size()) {
      plot.notes.push_back(absl::StrCat(snapshot.objectives() > 1 ? absl::StrCat(name, ": ") : "", "told at ", steps,
                                        " of ", Grouped(values.size()), " values, evenly chosen by their order"));
    }
    size_t below = 0;
    for (size_t i = 1; i <= steps; ++i) {
      const double place = values[i == 1 ? 0 : values.size() * i / steps - 1];
      const auto end = std::upper_bound(values.begin(), values.end(), place);
      if (static_cast<size_t>(end - values.begin()) == below) continue;  // of equal values there is one step
      below = static_cast<size_t>(end - values.begin());
      table.rows.push_back({name, CellOf(place), static_cast<double>(below) / static_cast<double>(values.size())});
    }
  }
  if (table.rows.empty()) plot.notes.emplace_back(kNoValues);
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("edf", &Edf);

}  // namespace
}  // namespace parzen
