#include "studies/importance/grid_density.h"

#include <algorithm>
#include <cmath>

#include "studies/truncated_normal.h"

namespace parzen {
namespace {

constexpr int64_t kMostPlaces = 50;
constexpr double kPriorWeight = 1;
// 1.64 standard deviations, 90% of a kernel, lie within its own cell.
constexpr double kSmallestBandwidth = 0.5 / 1.64;

size_t PlaceCount(const Axis& axis) {
  if (!axis.ordered()) return static_cast<size_t>(*axis.count());
  int64_t places = axis.count().value_or(kMostPlaces);
  if (axis.count().has_value() && axis.log()) {
    places = static_cast<int64_t>(std::ceil(std::log2(static_cast<double>(places)))) + 1;
  }
  return static_cast<size_t>(std::min(places, kMostPlaces));
}

// Adds a normal kernel, truncated to the grid's cells.
void AddKernel(double mean, double deviation, double weight, std::vector<double>& density) {
  const auto mass = [&](double from, double to) {
    return GaussMass((from - 0.5 - mean) / deviation, (to - 0.5 - mean) / deviation);
  };
  const double scale = weight / mass(0, static_cast<double>(density.size()));
  for (size_t i = 0; i < density.size(); ++i) {
    const double place = static_cast<double>(i);
    density[i] += scale * mass(place, place + 1);
  }
}

// The first place up to which more than `rank` values lie (at least `rank` when `inclusive`).
double PlaceOfRank(absl::Span<const double> counts, double rank, bool inclusive) {
  double seen = 0;
  double last = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    seen += counts[i];
    last = static_cast<double>(i);
    if (seen > rank || (inclusive && seen == rank)) break;
  }
  return last;
}

// Scott's rule (1992) over the values, in places. Requires: there is a value.
double Bandwidth(absl::Span<const double> counts) {
  double n = 0;
  double mean = 0;
  double squares = 0;
  for (size_t i = 0; i < counts.size(); ++i) n += counts[i];
  for (size_t i = 0; i < counts.size(); ++i) mean += static_cast<double>(i) * counts[i] / n;
  for (size_t i = 0; i < counts.size(); ++i) {
    const double distance = static_cast<double>(i) - mean;
    squares += counts[i] * distance * distance;
  }
  const double deviation = std::sqrt(squares / std::max(1.0, n - 1));
  const double quartiles = PlaceOfRank(counts, std::floor(n * 3 / 4), /*inclusive=*/false) -
                           PlaceOfRank(counts, std::floor(n / 4), /*inclusive=*/true);
  return std::max(1.059 * std::min(quartiles / 1.34, deviation) * std::pow(n, -0.2), kSmallestBandwidth);
}

std::vector<double> OrderedDensity(absl::Span<const double> counts, double total) {
  std::vector<double> density(counts.size());
  const double places = static_cast<double>(counts.size());
  AddKernel((places - 1) / 2, places, kPriorWeight / total, density);
  if (total == kPriorWeight) return density;
  const double bandwidth = Bandwidth(counts);
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) AddKernel(static_cast<double>(i), bandwidth, counts[i] / total, density);
  }
  return density;
}

std::vector<double> UnorderedDensity(absl::Span<const double> counts, double total) {
  const double categories = static_cast<double>(counts.size());
  const double kernels =
      static_cast<double>(counts.size()) - static_cast<double>(std::count(counts.begin(), counts.end(), 0.0)) + 1;
  const double smoothing = kPriorWeight / kernels;
  const double row_sum = 1 + categories * smoothing;
  // What every category gets: from the uninformed kernel, and from the smoothing of all others.
  const double common = (kPriorWeight / categories + (total - kPriorWeight) * smoothing / row_sum) / total;
  std::vector<double> density(counts.size(), common);
  for (size_t i = 0; i < counts.size(); ++i) density[i] += counts[i] / total / row_sum;
  return density;
}

}  // namespace

ValueGrid::ValueGrid(const Axis& axis) : axis_(axis), size_(PlaceCount(axis)) {
  if (!axis.ordered()) return;
  const double low = axis.ToScale(axis.FromScale(axis.low()));
  const double high = axis.ToScale(axis.FromScale(axis.high()));
  const double gaps = static_cast<double>(size_ - 1);
  spacing_ = high / gaps - low / gaps;  // the difference alone may overflow
  for (size_t i = 0; i < size_; ++i) places_.push_back(low + spacing_ * static_cast<double>(i));
  places_.back() = high;
}

size_t ValueGrid::PlaceOf(double internal) const {
  if (!axis_.ordered()) return static_cast<size_t>(std::clamp(internal, 0.0, static_cast<double>(size_ - 1)));
  const double edge = axis_.ToScale(internal) - spacing_ / 2;
  const auto place = std::lower_bound(places_.begin(), places_.end() - 1, edge);
  return static_cast<size_t>(place - places_.begin());
}

std::vector<double> GridDensity(absl::Span<const double> counts, bool ordered) {
  double total = kPriorWeight;
  for (const double count : counts) total += count;
  return ordered ? OrderedDensity(counts, total) : UnorderedDensity(counts, total);
}

}  // namespace parzen
