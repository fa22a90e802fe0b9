#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <queue>

#include "studies/pareto.h"

namespace parzen {
namespace {

using Points = std::vector<std::vector<double>>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The area that points in the plane dominate below a reference, grown point by point; log n each.
class Staircase {
 public:
  Staircase(double reference_x, double reference_y) : reference_x_(reference_x), reference_y_(reference_y) {}

  // What a point would add.
  double Gain(double x, double y) const {
    if (x >= reference_x_ || y >= reference_y_) return 0;
    auto right = steps_.upper_bound(x);
    double height = right == steps_.begin() ? reference_y_ : std::prev(right)->second;
    double gain = 0;
    double from = x;
    while (height > y) {
      const double to = right == steps_.end() ? reference_x_ : right->first;
      gain += (to - from) * (height - y);
      if (right == steps_.end()) break;
      from = to;
      height = right->second;
      ++right;
    }
    return gain;
  }

  double Add(double x, double y) {
    const double gain = Gain(x, y);
    if (gain == 0) return 0;
    auto dominated = steps_.lower_bound(x);
    while (dominated != steps_.end() && dominated->second >= y) dominated = steps_.erase(dominated);
    steps_[x] = y;
    return gain;
  }

 private:
  const double reference_x_;
  const double reference_y_;
  std::map<double, double> steps_;  // y by x; no step dominates another
};

double BoxVolume(absl::Span<const double> point, absl::Span<const double> reference) {
  double volume = 1;
  for (size_t m = 0; m < point.size(); ++m) volume *= reference[m] - point[m];
  return volume;
}

bool WeaklyDominates(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t m = 0; m < a.size(); ++m) {
    if (a[m] > b[m]) return false;
  }
  return true;
}

// What `points` dominate of the box that `corner` dominates: each point moved into the box, without those that others
// cover. Only the first `dimensions` values.
Points LimitedTo(absl::Span<const double> corner, absl::Span<const std::vector<double>> points, size_t dimensions) {
  Points limited;
  for (const std::vector<double>& point : points) {
    std::vector<double> moved(dimensions);
    for (size_t m = 0; m < dimensions; ++m) moved[m] = std::max(point[m], corner[m]);
    const bool covered = std::any_of(limited.begin(), limited.end(),
                                     [&moved](const auto& other) { return WeaklyDominates(other, moved); });
    if (covered) continue;
    std::erase_if(limited, [&moved](const auto& other) { return WeaklyDominates(moved, other); });
    limited.push_back(std::move(moved));
  }
  return limited;
}

// Requires: all points are finite and beat the reference everywhere.
double FiniteVolume(Points points, absl::Span<const double> reference) {
  if (points.empty()) return 0;
  const size_t last = reference.size() - 1;
  std::stable_sort(points.begin(), points.end(), [last](const auto& a, const auto& b) { return a[last] < b[last]; });
  if (reference.size() == 1) return reference[0] - points[0][0];
  double volume = 0;
  if (reference.size() <= 3) {
    Staircase stairs(reference[0], reference[1]);
    double area = 0;
    for (size_t i = 0; i < points.size(); ++i) {
      area += stairs.Add(points[i][0], points[i][1]);
      if (reference.size() == 2) continue;
      volume += area * ((i + 1 < points.size() ? points[i + 1][last] : reference[last]) - points[i][last]);
    }
    return reference.size() == 2 ? area : volume;
  }
  // What each point adds to those that are better in the last objective: moved into its box they all share its value
  // there, which leaves a problem with one objective less.
  const absl::Span<const double> base = reference.first(last);
  for (size_t i = points.size(); i-- > 0;) {
    const absl::Span<const double> corner = absl::MakeConstSpan(points[i]).first(last);
    const Points others = LimitedTo(corner, absl::MakeConstSpan(points).first(i), last);
    volume += (reference[last] - points[i][last]) * (BoxVolume(corner, base) - FiniteVolume(others, base));
  }
  return volume;
}

bool BeatsEverywhere(absl::Span<const double> point, absl::Span<const double> reference) {
  for (size_t m = 0; m < point.size(); ++m) {
    if (point[m] >= reference[m]) return false;
  }
  return true;
}

// Points and reference with each objective's finite values stretched to [0, 1], which changes all volumes by the same
// factor, and infinities at -1 and 2.
struct Normalised {
  Points points;
  std::vector<double> reference;
};

Normalised Normalise(absl::Span<const std::vector<double>> points, absl::Span<const double> reference) {
  Normalised result{Points(points.begin(), points.end()), {reference.begin(), reference.end()}};
  for (size_t m = 0; m < reference.size(); ++m) {
    double low = kInfinity, high = -kInfinity;
    const auto look = [&](double value) {
      if (!std::isfinite(value)) return;
      low = std::min(low, value);
      high = std::max(high, value);
    };
    for (const auto& point : points) look(point[m]);
    look(reference[m]);
    const auto stretch = [&](double& value) {
      if (!std::isfinite(value)) {
        value = value < 0 ? -1 : 2;
      } else {
        value = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0;  // halves: the width may overflow
      }
    };
    for (auto& point : result.points) stretch(point[m]);
    stretch(result.reference[m]);
  }
  return result;
}

// What points add to those chosen before.
class ChosenPoints {
 public:
  explicit ChosenPoints(absl::Span<const double> reference)
      : reference_(reference), stairs_(reference[0], reference.size() == 2 ? reference[1] : 0) {}

  double Gain(const std::vector<double>& point) const {
    if (!BeatsEverywhere(point, reference_)) return 0;
    if (reference_.size() == 2) return stairs_.Gain(point[0], point[1]);
    return BoxVolume(point, reference_) - FiniteVolume(LimitedTo(point, chosen_, reference_.size()), reference_);
  }

  void Add(const std::vector<double>& point) {
    if (!BeatsEverywhere(point, reference_)) return;
    if (reference_.size() == 2) {
      stairs_.Add(point[0], point[1]);
    } else {
      chosen_.push_back(point);
    }
  }

 private:
  const absl::Span<const double> reference_;
  Staircase stairs_;  // with two objectives
  Points chosen_;     // otherwise
};

}  // namespace

double Hypervolume(absl::Span<const std::vector<double>> points, absl::Span<const double> reference) {
  Points counted;
  for (const std::vector<double>& point : points) {
    if (BeatsEverywhere(point, reference)) counted.push_back(point);
  }
  const auto infinite = [](double value) { return std::isinf(value); };
  for (const std::vector<double>& point : counted) {
    if (std::any_of(point.begin(), point.end(), infinite)) return kInfinity;
  }
  if (!counted.empty() && std::any_of(reference.begin(), reference.end(), infinite)) return kInfinity;
  return FiniteVolume(std::move(counted), reference);
}

std::vector<size_t> GreedyHypervolumeSubset(absl::Span<const std::vector<double>> points, size_t k,
                                            absl::Span<const double> reference) {
  const Normalised space = Normalise(points, reference);
  ChosenPoints chosen(space.reference);
  struct Candidate {
    double gain;  // when `known` points had been chosen; later it can only be less
    size_t index;
    size_t known;
    bool operator<(const Candidate& other) const {
      return gain != other.gain ? gain < other.gain : index > other.index;
    }
  };
  std::priority_queue<Candidate> queue;
  for (size_t i = 0; i < points.size(); ++i) queue.push({chosen.Gain(space.points[i]), i, 0});
  std::vector<size_t> subset;
  while (subset.size() < k && !queue.empty()) {
    Candidate best = queue.top();
    queue.pop();
    if (best.known == subset.size()) {
      subset.push_back(best.index);
      chosen.Add(space.points[best.index]);
      continue;
    }
    // Rounding must not make a gain grow, or the order would depend on which were stale.
    best.gain = std::min(best.gain, chosen.Gain(space.points[best.index]));
    best.known = subset.size();
    queue.push(best);
  }
  return subset;
}

}  // namespace parzen
