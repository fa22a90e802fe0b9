#include "studies/samplers/grid_values.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace parzen {
namespace {

// Number k of `points` between the ends of a range, before rounding to what the range holds.
double EvenlySpaced(double low, double high, bool log, int k, int points) {
  const double share = static_cast<double>(k) / (points - 1);
  if (k == 0) return low;
  if (k == points - 1) return high;
  return log ? std::exp(std::lerp(std::log(low), std::log(high), share)) : std::lerp(low, high, share);
}

bool TakesAllValues(const Distribution& distribution, int points) {
  const std::optional<int64_t> count = CountValues(distribution);
  if (!count.has_value()) return false;
  return !std::holds_alternative<IntDistribution>(distribution) || *count <= points;
}

// Value number k of a distribution that can be counted.
double ValueNumber(const Distribution& distribution, int64_t k) {
  const double index = static_cast<double>(k);
  if (const auto* range = std::get_if<FloatDistribution>(&distribution)) return range->low + index * *range->step;
  if (const auto* range = std::get_if<IntDistribution>(&distribution)) {
    return static_cast<double>(range->low) + index * static_cast<double>(range->step);
  }
  return index;
}

}  // namespace

int64_t CountGridValues(const Distribution& distribution, int points) {
  return TakesAllValues(distribution, points) ? *CountValues(distribution) : points;
}

std::vector<double> GridValues(const Distribution& distribution, int points) {
  const bool all = TakesAllValues(distribution, points);
  const int64_t count = CountGridValues(distribution, points);
  std::vector<double> values;
  values.reserve(count);
  for (int64_t k = 0; k < count; ++k) {
    double value = 0;
    if (all) {
      value = ValueNumber(distribution, k);
    } else if (const auto* range = std::get_if<FloatDistribution>(&distribution)) {
      value = EvenlySpaced(range->low, range->high, range->log, static_cast<int>(k), points);
    } else {
      const auto& whole = std::get<IntDistribution>(distribution);
      value = EvenlySpaced(static_cast<double>(whole.low), static_cast<double>(whole.high), whole.log,
                           static_cast<int>(k), points);
    }
    values.push_back(NearestValue(distribution, value));
  }
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

}  // namespace parzen
