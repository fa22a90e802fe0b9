// One parameter as numbers: the transform that samplers and importance see a search space through, so that none of them
// asks for kinds, logarithms or steps.
//
// Every value has a place on the axis's scale, and every place belongs to one value. An ordered axis's scale is the
// value itself, or its logarithm where the parameter says log; where values are countable, each owns the cell of places
// nearer to it (in value) than to its neighbours, so the scale is half a step wider at both ends. An unordered axis has
// one cell of length 1 for each category, in the order of the choices.
//
// FromScale(ToScale(v)) is v, exactly; on a logarithmic axis of real numbers, or of whole ones above 10^14, within
// 4 + |log v| units in the last place. Everything that FromScale or FromUnit give is contained in the distribution.
// Threads: immutable.
#pragma once

#include <cstdint>
#include <optional>

#include "studies/distribution.h"

namespace parzen {

class Axis {
 public:
  struct Interval {
    double low = 0;
    double high = 0;
  };

  explicit Axis(const Distribution& distribution);
  // Only one of the distribution's values, in internal form. Requires: `value` is contained.
  Axis(const Distribution& distribution, double value);

  // Whether near places mean similar values; categories have no order.
  bool ordered() const { return ordered_; }
  // The scale is the logarithm of the value.
  bool log() const { return log_; }
  // How many values there are; nullopt when they are continuous.
  std::optional<int64_t> count() const { return count_; }
  // There is nothing to choose.
  bool single() const { return count_ == 1 || low_ == high_; }
  // The scale's ends; low < high unless there is one value only.
  double low() const { return low_; }
  double high() const { return high_; }

  // The place of a value: the middle of an unordered value's cell. A finite value that the axis does not contain (of
  // another program, or an earlier space) gets a place too: its own where the scale has one, the nearest end elsewhere.
  double ToScale(double internal) const;
  // The value at a place; places outside belong to the nearest end.
  double FromScale(double place) const;
  // The places that belong to a value; low == high when values are continuous, or too close together for doubles
  // between them (whole numbers from 2^52 on).
  Interval Cell(double internal) const;

  // The same with the scale stretched to [0, 1]: equal lengths are equal chances of a uniform draw.
  double ToUnit(double internal) const;
  double FromUnit(double unit) const;

 private:
  double Scaled(double value) const;

  Distribution values_;  // of categories only how many: whole numbers from 0
  bool ordered_ = true;
  bool log_ = false;
  double half_step_ = 0;  // 0: continuous
  std::optional<int64_t> count_;
  double lowest_ = 0;  // values
  double highest_ = 0;
  double low_ = 0;  // their places
  double high_ = 0;
};

}  // namespace parzen
