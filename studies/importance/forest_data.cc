#include <algorithm>
#include <cmath>

#include "studies/importance/regression_forest.h"

namespace parzen {
namespace {

// The domain that all trials have; nullptr when there is none.
const Axis* CommonDomain(const ImportanceColumn& column) {
  const int32_t first = column.domain.front();
  if (first < 0) return nullptr;
  const bool all = std::all_of(column.domain.begin(), column.domain.end(), [&](int32_t d) { return d == first; });
  return all ? &column.domains[static_cast<size_t>(first)] : nullptr;
}

std::vector<double> Normalised(const std::vector<double>& target) {
  const auto [low, high] = std::minmax_element(target.begin(), target.end());
  const double middle = *low / 2 + *high / 2;
  const double half = *high / 2 - *low / 2;
  std::vector<double> normalised;
  for (const double value : target) {
    normalised.push_back(half > 0 ? std::clamp((value - middle) / half, -1.0, 1.0) : 0.0);
  }
  return normalised;
}

}  // namespace

ForestData MakeForestData(const ImportanceData& data) {
  ForestData forest;
  forest.target = Normalised(data.target);
  for (size_t i = 0; i < data.columns.size(); ++i) {
    const ImportanceColumn& column = data.columns[i];
    const Axis* const axis = CommonDomain(column);
    if (axis == nullptr || axis->single()) continue;
    ForestColumn& made = forest.columns.emplace_back();
    made.parameter = i;
    made.ordered = axis->ordered();
    made.low = axis->FromScale(axis->low());
    made.high = axis->FromScale(axis->high());
    made.categories = axis->ordered() ? 0 : *axis->count();
    for (const double value : column.value) made.value.push_back(std::clamp(value, made.low, made.high));
  }
  std::stable_sort(forest.columns.begin(), forest.columns.end(), [&](const ForestColumn& a, const ForestColumn& b) {
    return data.columns[a.parameter].name < data.columns[b.parameter].name;
  });
  return forest;
}

}  // namespace parzen
