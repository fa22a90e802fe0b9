#include "studies/pareto.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/status_macros.h"

namespace parzen {
namespace {

// Requires: `a` does not come after `b` in lexicographic order, and is not equal to it.
bool DominatesLater(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t m = 1; m < a.size(); ++m) {
    if (a[m] > b[m]) return false;
  }
  return true;
}

// Whether a point is dominated by one of a front, all of whose points come before it in lexicographic order.
bool DominatedBy(absl::Span<const std::vector<double>> points, const std::vector<size_t>& front,
                 const std::vector<double>& point) {
  // With two objectives the front's latest point has its smallest second value.
  if (point.size() <= 2) return DominatesLater(points[front.back()], point);
  // The latest are the nearest, and most likely to dominate.
  return std::any_of(front.rbegin(), front.rend(), [&](size_t i) { return DominatesLater(points[i], point); });
}

// Lexicographic: nobody is dominated by a later one in this order.
std::vector<size_t> DominatingFirst(absl::Span<const std::vector<double>> points) {
  std::vector<size_t> order(points.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&points](size_t a, size_t b) { return points[a] < points[b]; });
  return order;
}

}  // namespace

absl::StatusOr<std::vector<size_t>> FirstFront(absl::Span<const std::vector<double>> points,
                                               const std::function<absl::Status()>& check) {
  const std::vector<size_t> order = DominatingFirst(points);
  std::vector<size_t> distinct, front;  // of equal points, the first stands for all
  for (const size_t i : order) {
    RETURN_IF_ERROR(check());
    if (!front.empty() && points[front.back()] == points[i]) {
      front.push_back(i);
    } else if (distinct.empty() || !DominatedBy(points, distinct, points[i])) {
      distinct.push_back(i);
      front.push_back(i);
    }
  }
  std::sort(front.begin(), front.end());
  return front;
}

std::vector<int> NonDominationRanks(absl::Span<const std::vector<double>> points) {
  const std::vector<size_t> order = DominatingFirst(points);
  std::vector<int> ranks(points.size());
  std::vector<std::vector<size_t>> fronts;
  for (size_t k = 0; k < order.size(); ++k) {
    const size_t i = order[k];
    if (k > 0 && points[order[k - 1]] == points[i]) {
      ranks[i] = ranks[order[k - 1]];
      continue;
    }
    // Whom a front dominates, all fronts before it dominate too.
    const auto front = std::partition_point(fronts.begin(), fronts.end(), [&](const std::vector<size_t>& members) {
      return DominatedBy(points, members, points[i]);
    });
    ranks[i] = static_cast<int>(front - fronts.begin());
    if (front == fronts.end()) {
      fronts.push_back({i});
    } else {
      front->push_back(i);
    }
  }
  return ranks;
}

std::vector<double> CrowdingDistances(absl::Span<const std::vector<double>> front) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> distances(front.size(), 0);
  if (front.empty()) return distances;
  std::vector<size_t> order(front.size());
  for (size_t m = 0; m < front[0].size(); ++m) {
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return front[a][m] < front[b][m]; });
    double low = kInfinity, high = -kInfinity;
    for (const std::vector<double>& point : front) {
      if (!std::isfinite(point[m])) continue;
      low = std::min(low, point[m]);
      high = std::max(high, point[m]);
    }
    const double width = high > low ? high - low : 1;
    for (size_t k = 0; k < order.size(); ++k) {
      if (k == 0 || k + 1 == order.size()) {
        distances[order[k]] = kInfinity;
        continue;
      }
      const double before = front[order[k - 1]][m];
      const double after = front[order[k + 1]][m];
      if (before != after) distances[order[k]] += (after - before) / width;
    }
  }
  return distances;
}

}  // namespace parzen
