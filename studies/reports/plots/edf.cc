// Which share of the trials is at most as large: the empirical distribution of an objective's values at 100 places
// between the smallest and the largest (Radosavovic et al., On Network Design Spaces for Visual Recognition, 2019).
#include <algorithm>

#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

constexpr int kPlaces = 100;

Plot Edf(const StudySnapshot& snapshot) {
  PlotTable table{"points", {"objective", "value", "share"}, {}};
  Plot plot;
  const std::vector<std::string> names = ObjectiveNames(snapshot.study);
  for (int objective = 0; objective < snapshot.objectives(); ++objective) {
    std::vector<double> values;
    for (const TrialRecord& trial : snapshot.trials) {
      const std::optional<double> value = FiniteValue(trial, objective);
      if (trial.state() == COMPLETE && value.has_value()) values.push_back(*value);
    }
    if (values.empty()) continue;
    std::sort(values.begin(), values.end());
    // Ends may be too far apart for their difference.
    const double low = values.front(), step = values.back() / (kPlaces - 1) - low / (kPlaces - 1);
    for (int i = 0; i < kPlaces; ++i) {
      const double place = i == kPlaces - 1 ? values.back() : low + i * step;
      const auto below = std::upper_bound(values.begin(), values.end(), place) - values.begin();
      table.rows.push_back({names[static_cast<size_t>(objective)], CellOf(place),
                            static_cast<double>(below) / static_cast<double>(values.size())});
    }
  }
  if (table.rows.empty()) plot.notes.emplace_back(kNoValues);
  plot.tables.push_back(std::move(table));
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("edf", &Edf);

}  // namespace
}  // namespace parzen
