#include "worker/models/neighbors/score_bounds.h"

#include <cmath>
#include <limits>

namespace parzen {
namespace {

// Half the distance from 1 to the next float, and what a handful of roundings add up to.
constexpr double kUnit = 0x1p-24;
constexpr double kFew = 16 * kUnit;
// Bounds are rounded to floats themselves.
constexpr double kSafely = 1.001;

}  // namespace

ScoreBounds::ScoreBounds(NearestNeighbors::Metric metric, absl::Span<const double> squares,
                         const ScoreRounding& rounding)
    : metric_(metric) {
  const double columns = static_cast<double>(rounding.columns);
  const double sum = rounding.in_floats ? columns * kUnit : 0;
  sum_error_ = kSafely * (sum < .5 ? sum / (1 - sum) : 1) + kFew;
  grid_error_ = kSafely * std::sqrt(columns) * rounding.off_the_grid;
  base_ = metric == NearestNeighbors::MANHATTAN ? kSafely * 2 * rounding.off_the_grid * columns : 2 * grid_error_;
  for (const double square : squares) {
    const double length = std::sqrt(square);
    double by = 0, plus = 0, wide = 0, loose = kSafely * columns * rounding.underflow;
    switch (metric) {
      case NearestNeighbors::EUCLIDEAN:  // |b|^2 - 2 <a, b>
        by = -2;
        plus = square;
        wide = length;
        loose += kFew * square + 4 * grid_error_ * length;
        break;
      case NearestNeighbors::MANHATTAN:
        by = 1 - sum_error_;
        break;
      case NearestNeighbors::COSINE:  // -<a, b> / |b|
        by = length > 0 ? -1 / length : 0;
        wide = length > 0 ? sum_error_ + 2 * grid_error_ / length : 0;
        loose = length > 0 ? loose / length : 0;
        break;
    }
    times.push_back(static_cast<float>(by));
    add.push_back(static_cast<float>(plus - kSafely * loose));
    width.push_back(static_cast<float>(kSafely * wide));
    slack.push_back(static_cast<float>(kSafely * kSafely * loose));
  }
  if (metric == NearestNeighbors::MANHATTAN) {
    relative = sum_error_ < .1 ? static_cast<float>(4 * sum_error_) : std::numeric_limits<float>::infinity();
  }
}

ScoreBounds::OfRow ScoreBounds::For(double square) const {
  const double length = std::sqrt(square);
  switch (metric_) {
    case NearestNeighbors::EUCLIDEAN:
      return {static_cast<float>(kSafely * 2 * sum_error_ * length),
              static_cast<float>(kSafely * 4 * grid_error_ * (length + grid_error_))};
    case NearestNeighbors::COSINE:
      return {static_cast<float>(kSafely * length), static_cast<float>(base_)};
    case NearestNeighbors::MANHATTAN:
      break;
  }
  return {0, static_cast<float>(base_)};
}

float ScoreBounds::High(float low, int64_t j, const OfRow& a) const {
  const size_t row = static_cast<size_t>(j);
  const double high = static_cast<double>(low) * (1. + relative) +
                      2 * (static_cast<double>(width[row]) * a.factor + static_cast<double>(slack[row]) + a.base);
  return std::isnan(high) ? std::numeric_limits<float>::infinity()
                          : std::nextafter(static_cast<float>(high), std::numeric_limits<float>::infinity());
}

}  // namespace parzen
