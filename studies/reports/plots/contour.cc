// An objective over each pair of parameters: the ends of each axis, a twentieth wider than the values on it, and the
// objective between the trials, from those around (Shepard, A two-dimensional interpolation function for
// irregularly-spaced data, 1968: means weighted by the inverse square of the distance, on axes from 0 to 1, logarithms
// where the parameter says so). Categories that are all numbers are placed as these. Between others there is no place:
// their axes have one for each that was tried, from 0 on, and no grid.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "studies/importance/study_table.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

constexpr double kPadding = 0.05;
constexpr size_t kGrid = 25;
// Of all objectives together.
constexpr size_t kMostPairs = kMostPlotRows / (kGrid * kGrid);
// Each place of a grid asks all of them.
constexpr size_t kMostTrials = 1000;

// One parameter's values, by trial, and where its axis begins and ends; as logarithms where it says so.
struct ContourAxis {
  std::string name;
  bool is_log = false;
  bool has_categories = false;
  std::vector<std::optional<double>> places;
  double low = 0, high = 0;

  double width() const { return high - low; }
  double Value(double place) const { return is_log ? std::pow(10, place) : place; }
};

// As many places as there are different values, one after another.
std::vector<std::optional<double>> PlacesOfCategories(const ImportanceColumn& column) {
  std::map<std::pair<int32_t, double>, double> place_of;
  std::vector<std::optional<double>> places(column.value.size());
  for (size_t i = 0; i < places.size(); ++i) {
    if (column.domain[i] < 0) continue;
    const auto next = static_cast<double>(place_of.size());
    places[i] = place_of.emplace(std::pair(column.domain[i], column.value[i]), next).first->second;
  }
  return places;
}

// The trials whose rows the importance data are.
Trials CountedTrials(const StudySnapshot& snapshot, int objective) {
  Trials counted;
  for (const TrialRecord& trial : snapshot.trials) {
    if (trial.state() == COMPLETE && FiniteValue(trial, objective).has_value()) counted.push_back(&trial);
  }
  return counted;
}

// The parameter's value in each of the trials that have it; nullopt where one of them is no number.
std::optional<std::vector<std::optional<double>>> NumbersOf(const ImportanceColumn& column, const Trials& trials) {
  const bool are_ordered =
      std::all_of(column.domains.begin(), column.domains.end(), [](const Axis& domain) { return domain.ordered(); });
  std::vector<std::optional<double>> numbers(trials.size());
  for (size_t i = 0; i < trials.size(); ++i) {
    if (column.domain[i] < 0) continue;
    numbers[i] = column.value[i];
    if (are_ordered) continue;
    const std::optional<PlotCell> category = ParameterOf(*trials[i], column.name);
    if (!category.has_value() || !category->is_number()) return std::nullopt;
    numbers[i] = category->get<double>();
  }
  return numbers;
}

// nullopt: there is one value only, and nothing between.
std::optional<ContourAxis> AxisOf(const ImportanceColumn& column, const Trials& trials) {
  ContourAxis axis;
  axis.name = column.name;
  const auto numbers = NumbersOf(column, trials);
  axis.has_categories = !numbers.has_value();
  if (axis.has_categories) {
    axis.places = PlacesOfCategories(column);
  } else {
    for (const Axis& domain : column.domains) axis.is_log = axis.is_log || domain.log();
    for (const std::optional<double>& value : *numbers) {
      const bool has_place = value.has_value() && (!axis.is_log || *value > 0);
      axis.places.push_back(has_place ? std::optional(axis.is_log ? std::log10(*value) : *value) : std::nullopt);
    }
  }
  axis.low = std::numeric_limits<double>::infinity();
  axis.high = -axis.low;
  for (const std::optional<double>& place : axis.places) {
    if (!place.has_value()) continue;
    axis.low = std::min(axis.low, *place);
    axis.high = std::max(axis.high, *place);
  }
  if (!(axis.low < axis.high) || !std::isfinite(axis.width())) return std::nullopt;
  const double padding = axis.width() * kPadding;
  axis.low -= padding;
  axis.high += padding;
  return axis;
}

// Trials as places on two axes, with their values.
struct Pair {
  const ContourAxis& x;
  const ContourAxis& y;
  std::vector<size_t> trials;  // that have both
};

// The mean of their values at a place, each by how near it is. Requires: there is one.
double Between(const Pair& pair, const std::vector<double>& values, double at_x, double at_y) {
  double sum = 0, weights = 0, largest = 0;
  for (const size_t i : pair.trials) largest = std::max(largest, std::abs(values[i]));
  if (largest == 0) return 0;
  for (const size_t i : pair.trials) {
    const double right = (*pair.x.places[i] - at_x) / pair.x.width(), up = (*pair.y.places[i] - at_y) / pair.y.width();
    const double weight = 1 / std::max(right * right + up * up, 1e-12);
    sum += weight * (values[i] / largest);  // of the largest numbers the sum would be none
    weights += weight;
  }
  return sum / weights * largest;
}

void AddGrid(const std::string& objective, const Pair& pair, const std::vector<double>& values, PlotTable& table) {
  for (size_t row = 0; row < kGrid; ++row) {
    for (size_t column = 0; column < kGrid; ++column) {
      const double at_x = pair.x.low + pair.x.width() * static_cast<double>(column) / (kGrid - 1);
      const double at_y = pair.y.low + pair.y.width() * static_cast<double>(row) / (kGrid - 1);
      table.rows.push_back({objective, pair.x.name, pair.y.name, CellOf(pair.x.Value(at_x)), CellOf(pair.y.Value(at_y)),
                            CellOf(Between(pair, values, at_x, at_y))});
    }
  }
}

// At most kMostTrials of those that have places on both axes, evenly chosen.
Pair PairOf(const ContourAxis& x, const ContourAxis& y) {
  Pair pair{x, y, {}};
  for (size_t i = 0; i < x.places.size(); ++i) {
    if (x.places[i].has_value() && y.places[i].has_value()) pair.trials.push_back(i);
  }
  const size_t all = pair.trials.size();
  if (all <= kMostTrials) return pair;
  for (size_t i = 0; i < kMostTrials; ++i) pair.trials[i] = pair.trials[i * all / kMostTrials];
  pair.trials.resize(kMostTrials);
  return pair;
}

Plot Contour(const StudySnapshot& snapshot) {
  PlotTable ends{"axes", {"objective", "parameter", "low", "high", "log", "categories"}, {}};
  PlotTable grid{"grid", {"objective", "x_parameter", "y_parameter", "x", "y", "value"}, {}};
  Plot plot;
  const std::vector<std::string> names = ObjectiveNames(snapshot.study);
  size_t pairs = 0, left_out = 0, most_trials = 0;
  for (int i = 0; i < snapshot.objectives(); ++i) {
    const std::string& objective = names[static_cast<size_t>(i)];
    const absl::StatusOr<ImportanceData> data = MakeImportanceData(snapshot.study, snapshot.trials, i);
    if (!data.ok()) {
      plot.notes.push_back(absl::StrCat(objective, ": ", data.status().message()));
      continue;
    }
    most_trials = std::max(most_trials, data->target.size());
    NoteWhatCounts(snapshot, data->target.size(), plot.notes, snapshot.objectives() > 1 ? objective : "");
    std::vector<double> values = data->target;
    if (snapshot.study.direction(i) == MAXIMIZE) {
      for (double& value : values) value = -value;
    }
    std::vector<ContourAxis> axes;
    const Trials trials = CountedTrials(snapshot, i);
    for (const ImportanceColumn& column : data->columns) {
      if (std::optional<ContourAxis> axis = AxisOf(column, trials)) axes.push_back(*std::move(axis));
    }
    for (const ContourAxis& axis : axes) {
      ends.rows.push_back({objective, axis.name, CellOf(axis.Value(axis.low)), CellOf(axis.Value(axis.high)),
                           axis.is_log, axis.has_categories});
    }
    std::erase_if(axes, [](const ContourAxis& axis) { return axis.has_categories; });
    for (size_t x = 0; x < axes.size(); ++x) {
      for (size_t y = x + 1; y < axes.size(); ++y) {
        if (pairs == kMostPairs) {
          ++left_out;
          continue;
        }
        const Pair pair = PairOf(axes[x], axes[y]);
        if (pair.trials.empty()) continue;
        AddGrid(objective, pair, values, grid);
        ++pairs;
      }
    }
  }
  if (left_out > 0) plot.notes.push_back(absl::StrCat(pairs, " of ", pairs + left_out, " pairs are shown"));
  if (most_trials > kMostTrials) {
    plot.notes.push_back(absl::StrCat("drawn from ", Grouped(kMostTrials), " of ", Grouped(most_trials), " trials"));
  }
  if (grid.rows.empty()) plot.notes.emplace_back("no two numbers were tried with several values");
  plot.tables = {std::move(ends), std::move(grid)};
  return plot;
}

const bool registered = Registry<MakePlot>::Global().Add("contour", &Contour);

}  // namespace
}  // namespace parzen
