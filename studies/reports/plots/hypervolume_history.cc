// How much of the space of objectives the feasible trials so far dominate, below the worst value that one of them has
// of each.
#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "studies/pareto.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

constexpr size_t kMostPlaces = 200;
// Beyond three objectives the volume of a long front takes hours.
constexpr int kMostObjectives = 3;

Plot HypervolumeHistory(const StudySnapshot& snapshot) {
  const int objectives = snapshot.objectives();
  PlotTable table{"points", {"number", "hypervolume"}, {}};
  PlotTable worst{"reference", {"objective", "value"}, {}};
  Plot plot;
  Trials feasible = ValuedTrials(snapshot);
  std::erase_if(feasible, [](const TrialRecord* trial) { return !IsFeasible(*trial); });
  if (objectives < 2) {
    plot.notes.emplace_back("the study has no two objectives");
  } else if (objectives > kMostObjectives) {
    plot.notes.push_back(absl::StrCat("shown for up to ", kMostObjectives, " objectives"));
  } else if (feasible.empty()) {
    plot.notes.emplace_back("no trial that keeps its constraints is complete with finite values");
  } else {
    const std::vector<std::string> names = ObjectiveNames(snapshot.study);
    std::vector<double> reference;
    for (int i = 0; i < objectives; ++i) {
      const TrialRecord* const of = *std::max_element(
          feasible.begin(), feasible.end(),
          [&](const TrialRecord* a, const TrialRecord* b) { return snapshot.Cost(*a, i) < snapshot.Cost(*b, i); });
      reference.push_back(snapshot.Cost(*of, i));
      worst.rows.push_back({names[static_cast<size_t>(i)], CellOf(of->value(i))});
    }
    Trials front;  // of those so far: no other adds to the volume
    const size_t places = std::min(feasible.size(), kMostPlaces);
    size_t seen = 0;
    for (size_t place = 1; place <= places; ++place) {
      for (; seen < feasible.size() * place / places; ++seen) front.push_back(feasible[seen]);
      front = ParetoFront(snapshot, front);
      std::vector<std::vector<double>> costs;
      for (const TrialRecord* trial : front) {
        std::vector<double>& cost = costs.emplace_back();
        for (int i = 0; i < objectives; ++i) cost.push_back(snapshot.Cost(*trial, i));
      }
      table.rows.push_back({feasible[seen - 1]->number(), CellOf(Hypervolume(costs, reference))});
    }
    if (feasible.size() > kMostPlaces) {
      plot.notes.push_back(absl::StrCat("after ", kMostPlaces, " of ", Grouped(feasible.size()), " trials"));
    }
  }
  plot.tables = {std::move(table), std::move(worst)};
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("hypervolume_history", &HypervolumeHistory);

}  // namespace
}  // namespace parzen
