// An objective over each pair of parameters: the ends of each axis, a twentieth wider than the values on it, and the
// objective between the trials, from those around (Shepard, A two-dimensional interpolation function for
// irregularly-spaced data, 1968: means weighted by the inverse square of the distance, on axes from 0 to 1, logarithms
// where the parameter says so). Between categories there is no place: their axes have one for each that was tried, from
// 0 on, and no grid.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "absl/strings/str_cat.h"
#include "studies/importance/study_table.h"
#include "studies/reports/plots/kept_trials.h"
#include "studies/reports/plots/plot.h"

namespace parzen {
namespace {

constexpr double kPadding = 0.05;
constexpr int kGrid = 25;
constexpr size_t kMostPairs = 15;
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

// nullopt: there is one value only, and nothing between.
std::optional<ContourAxis> AxisOf(const ImportanceColumn& column) {
  ContourAxis axis;
  axis.name = column.name;
  for (const Axis& domain : column.domains) {
    axis.has_categories = axis.has_categories || !domain.ordered();
    axis.is_log = axis.is_log || domain.log();
  }
  if (axis.has_categories) {
    axis.places = PlacesOfCategories(column);
    axis.is_log = false;
  } else {
    for (size_t i = 0; i < column.value.size(); ++i) {
      const double value = column.value[i];
      const bool has_place = column.domain[i] >= 0 && (!axis.is_log || value > 0);
      axis.places.push_back(has_place ? std::optional(axis.is_log ? std::log10(value) : value) : std::nullopt);
    }
  }
  axis.low = std::numeric_limits<double>::infinity();
  axis.high = -axis.low;
  for (const std::optional<double>& place : axis.places) {
    if (!place.has_value()) continue;
    axis.low = std::min(axis.low, *place);
    axis.high = std::max(axis.high, *place);
  }
  if (!(axis.low < axis.high)) return std::nullopt;
  const double padding = axis.width() * kPadding;
  axis.low -= padding;
  axis.high += padding;
  return axis;
}

// The mean of the trials' values at a place, each by how near it is; nullopt without any.
std::optional<double> Between(const ContourAxis& x, const ContourAxis& y, const std::vector<double>& values,
                              double at_x, double at_y) {
  double sum = 0, weights = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!x.places[i].has_value() || !y.places[i].has_value()) continue;
    const double right = (*x.places[i] - at_x) / x.width(), up = (*y.places[i] - at_y) / y.width();
    const double weight = 1 / std::max(right * right + up * up, 1e-12);
    sum += weight * values[i];
    weights += weight;
  }
  if (weights == 0) return std::nullopt;
  return sum / weights;
}

void AddGrid(const std::string& objective, const ContourAxis& x, const ContourAxis& y,
             const std::vector<double>& values, PlotTable& table) {
  for (int row = 0; row < kGrid; ++row) {
    for (int column = 0; column < kGrid; ++column) {
      const double at_x = x.low + x.width() * column / (kGrid - 1), at_y = y.low + y.width() * row / (kGrid - 1);
      table.rows.push_back({objective, x.name, y.name, CellOf(x.Value(at_x)), CellOf(y.Value(at_y)),
                            OrNull(Between(x, y, values, at_x, at_y))});
    }
  }
}

Plot Contour(const StudySnapshot& snapshot) {
  PlotTable ends{"axes", {"objective", "parameter", "low", "high", "log", "categories"}, {}};
  PlotTable grid{"grid", {"objective", "x_parameter", "y_parameter", "x", "y", "value"}, {}};
  Plot plot;
  const std::vector<std::string> names = ObjectiveNames(snapshot.study);
  for (int i = 0; i < snapshot.study.direction_size(); ++i) {
    absl::StatusOr<ImportanceData> data = MakeImportanceData(snapshot.study, snapshot.trials, i);
    if (!data.ok()) {
      plot.note = std::string(data.status().message());
      continue;
    }
    if (data->target.size() > kMostTrials) {
      plot.note = absl::StrCat("drawn from ", kMostTrials, " of ", data->target.size(), " trials");
      KeepEvenly(*data, kMostTrials);
    }
    std::vector<double> values = data->target;
    if (snapshot.study.direction(i) == MAXIMIZE) {
      for (double& value : values) value = -value;
    }
    std::vector<ContourAxis> axes;
    for (const ImportanceColumn& column : data->columns) {
      if (std::optional<ContourAxis> axis = AxisOf(column)) axes.push_back(*std::move(axis));
    }
    const std::string& objective = names[static_cast<size_t>(i)];
    for (const ContourAxis& axis : axes) {
      ends.rows.push_back({objective, axis.name, CellOf(axis.Value(axis.low)), CellOf(axis.Value(axis.high)),
                           axis.is_log, axis.has_categories});
    }
    std::erase_if(axes, [](const ContourAxis& axis) { return axis.has_categories; });
    size_t pairs = 0;
    for (size_t x = 0; x < axes.size(); ++x) {
      for (size_t y = x + 1; y < axes.size() && pairs < kMostPairs; ++y, ++pairs) {
        AddGrid(objective, axes[x], axes[y], values, grid);
      }
    }
  }
  if (plot.note.empty() && grid.rows.empty())
    plot.note = "there are no two numbers that were tried with several values";
  plot.tables = {std::move(ends), std::move(grid)};
  return plot;
}

const bool registered = Registry<PlotKind>::Global().Add("contour", {"Two parameters together", &Contour});

}  // namespace
}  // namespace parzen
