#include "studies/axis.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace parzen {
namespace {

// Categories by their index.
Distribution Indices(const Distribution& distribution) {
  const auto* const categories = std::get_if<CategoricalDistribution>(&distribution);
  if (categories == nullptr) return distribution;
  return IntDistribution{0, static_cast<int64_t>(categories->choices.size()) - 1, false, 1};
}

bool IsLog(const Distribution& distribution) {
  if (const auto* range = std::get_if<FloatDistribution>(&distribution)) return range->log;
  if (const auto* range = std::get_if<IntDistribution>(&distribution)) return range->log;
  return false;
}

double StepOf(const Distribution& distribution) {
  if (const auto* range = std::get_if<FloatDistribution>(&distribution)) return range->step.value_or(0);
  return static_cast<double>(std::get<IntDistribution>(distribution).step);
}

}  // namespace

Axis::Axis(const Distribution& distribution)
    : values_(Indices(distribution)),
      ordered_(!std::holds_alternative<CategoricalDistribution>(distribution)),
      log_(IsLog(distribution)),
      half_step_(StepOf(values_) / 2),
      count_(CountValues(distribution)) {
  const double infinity = std::numeric_limits<double>::infinity();
  lowest_ = NearestValue(values_, -infinity);
  highest_ = NearestValue(values_, infinity);
  low_ = Cell(lowest_).low;
  high_ = Cell(highest_).high;
}

Axis::Axis(const Distribution& distribution, double value) : Axis(distribution) {
  values_ = FloatDistribution{value, value, false, std::nullopt};
  count_ = 1;
  lowest_ = highest_ = value;
  const Interval cell = Cell(value);
  low_ = cell.low;
  high_ = cell.high;
}

// Where a value that need not be contained lies: categories in the middle of their cells.
double Axis::Scaled(double value) const {
  if (!ordered_) return value + 0.5;
  return log_ ? std::log(value) : value;
}

double Axis::ToScale(double internal) const {
  // A logarithm needs a positive number, and a category a cell.
  if (log_ && internal <= 0) return low_;
  const double place = Scaled(internal);
  return ordered_ ? place : std::clamp(place, low_, high_);
}

double Axis::FromScale(double place) const {
  // The ends exactly: the exponential of a logarithm is only near.
  if (place <= low_) return lowest_;
  if (place >= high_) return highest_;
  if (!ordered_) return NearestValue(values_, std::floor(place));
  return NearestValue(values_, log_ ? std::exp(place) : place);
}

Axis::Interval Axis::Cell(double internal) const {
  if (half_step_ == 0) return {ToScale(internal), ToScale(internal)};
  // Values of others may have no logarithm, or be no category.
  if (log_) internal = std::max(internal, lowest_);
  if (!ordered_) internal = std::clamp(internal, lowest_, highest_);
  return {Scaled(internal - half_step_), Scaled(internal + half_step_)};
}

double Axis::ToUnit(double internal) const {
  if (low_ == high_) return 0.5;
  return std::clamp((ToScale(internal) - low_) / (high_ - low_), 0.0, 1.0);
}

double Axis::FromUnit(double unit) const { return FromScale(std::lerp(low_, high_, unit)); }

}  // namespace parzen
