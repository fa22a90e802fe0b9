// How much of the space of objectives the trials so far dominate, below the worst value that a trial has of each.
#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "studies/pareto.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

// Places at which the volume is computed: each costs as much as the front is long.
constexpr size_t kMostPlaces = 200;
// Beyond three objectives the volume of a long front takes hours.
constexpr int kMostObjectives = 3;

Plot HypervolumeHistory(const StudySnapshot& snapshot) {
  const int objectives = snapshot.study.direction_size();
  PlotTable table{"points", {"number", "hypervolume"}, {}};
  PlotTable worst{"reference", {"objective", "value"}, {}};
  Plot plot;
  const std::vector<const TrialRecord*> valued = ValuedTrials(snapshot);
  if (objectives < 2) {
    plot.note = "the study has one objective";
  } else if (objectives > kMostObjectives) {
    plot.note = absl::StrCat("shown for up to ", kMostObjectives, " objectives");
  } else if (valued.empty()) {
    plot.note = "no trial is complete with finite values";
  } else {
    std::vector<double> reference(static_cast<size_t>(objectives), -std::numeric_limits<double>::infinity());
    std::vector<std::vector<double>> costs;
    for (const TrialRecord* trial : valued) {
      std::vector<double>& cost = costs.emplace_back();
      for (int i = 0; i < objectives; ++i) {
        cost.push_back(snapshot.study.direction(i) == MAXIMIZE ? -trial->value(i) : trial->value(i));
        reference[static_cast<size_t>(i)] = std::max(reference[static_cast<size_t>(i)], cost.back());
      }
    }
    const std::vector<std::string> names = ObjectiveNames(snapshot.study);
    for (int i = 0; i < objectives; ++i) {
      const double value = reference[static_cast<size_t>(i)];
      worst.rows.push_back(
          {names[static_cast<size_t>(i)], CellOf(snapshot.study.direction(i) == MAXIMIZE ? -value : value)});
    }
    const size_t places = std::min(costs.size(), kMostPlaces);
    for (size_t place = 1; place <= places; ++place) {
      const size_t count = costs.size() * place / places;
      table.rows.push_back(
          {valued[count - 1]->number(), CellOf(Hypervolume(absl::MakeConstSpan(costs).first(count), reference))});
    }
  }
  plot.tables = {std::move(table), std::move(worst)};
  return plot;
}

const bool registered =
    Registry<PlotKind>::Global().Add("hypervolume_history", {"How much is dominated so far", &HypervolumeHistory});

}  // namespace
}  // namespace parzen
