#include "worker/models/embeddings/fuzzy_graph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr int kMostHalvings = 64;
constexpr double kTolerance = 1e-5;
// The scale of distances is at least that share of their mean: of the row's, or, where all of these are 0, of all.
constexpr double kLeastScale = 1e-3;

// How a row sees distances.
struct View {
  double nearest = 0;  // the distance that counts as none
  double scale = 1;

  double Membership(double distance) const {
    const double further = distance - nearest;
    return further <= 0 ? 1 : std::exp(-further / scale);
  }
};

double MeanWithItself(absl::Span<const double> distances) {
  return std::accumulate(distances.begin(), distances.end(), 0.) / static_cast<double>(distances.size() + 1);
}

// Requires: ascending distances.
View ViewOf(absl::Span<const double> distances, double mean_of_all) {
  View view;
  const auto apart = std::upper_bound(distances.begin(), distances.end(), 0.);
  if (apart != distances.end()) view.nearest = *apart;
  const double mean = view.nearest > 0 ? MeanWithItself(distances) : mean_of_all;
  if (mean > 0) view.scale = mean;
  const double target = std::log2(static_cast<double>(distances.size() + 1));
  double low = 0, high = std::numeric_limits<double>::infinity();
  for (int step = 0; step < kMostHalvings; ++step) {
    double sum = 0;
    for (const double distance : distances) sum += view.Membership(distance);
    if (std::abs(sum - target) < kTolerance) break;
    (sum > target ? high : low) = view.scale;
    view.scale = std::isinf(high) ? view.scale * 2 : (low + high) / 2;
  }
  view.scale = std::max(view.scale, kLeastScale * mean);
  return view;
}

// What each row says of its neighbours; after a yes of `stop` the rest is left out.
SparseRows Memberships(const NeighborLists& others, const std::function<bool()>& stop) {
  const auto length = static_cast<size_t>(others.length);
  const size_t rows = others.rows.size() / length;
  const double mean = std::accumulate(others.distances.begin(), others.distances.end(), 0.) /
                      static_cast<double>(others.distances.size() + rows);
  SparseRows graph;
  for (size_t row = 1; row <= rows; ++row) graph.begins.push_back(row * length);
  graph.columns.resize(others.rows.size());
  graph.values.resize(others.rows.size());
  tbb::parallel_for(size_t{0}, rows, [&](size_t row) {
    if (stop()) return;
    const auto distances = absl::MakeConstSpan(others.distances).subspan(row * length, length);
    const View view = ViewOf(distances, mean);
    std::vector<std::pair<int32_t, double>> numbers;
    for (size_t i = 0; i < length; ++i) {
      numbers.emplace_back(others.rows[row * length + i], view.Membership(distances[i]));
    }
    std::sort(numbers.begin(), numbers.end());
    for (size_t i = 0; i < length; ++i) {
      graph.columns[row * length + i] = numbers[i].first;
      graph.values[row * length + i] = numbers[i].second;
    }
  });
  return graph;
}

// Calls `use(column, a, b)` for all columns that row `row` has in either matrix, ascending.
template <typename Use>
void ForEachOfBoth(const SparseRows& one, const SparseRows& other, size_t row, const Use& use) {
  size_t i = one.begins[row], j = other.begins[row];
  const size_t end_i = one.begins[row + 1], end_j = other.begins[row + 1];
  while (i < end_i || j < end_j) {
    const bool from_one = j == end_j || (i < end_i && one.columns[i] <= other.columns[j]);
    const bool from_other = i == end_i || (j < end_j && other.columns[j] <= one.columns[i]);
    const int32_t column = from_one ? one.columns[i] : other.columns[j];
    const double a = from_one ? one.values[i++] : 0, b = from_other ? other.values[j++] : 0;
    use(column, a, b);
  }
}

}  // namespace

absl::StatusOr<SparseRows> FuzzyGraph(const NeighborLists& others, const std::function<bool()>& stop) {
  const SparseRows said = Memberships(others, stop);
  if (stop()) return absl::CancelledError("training was asked to stop");
  const SparseRows heard = Transposed(said);
  SparseRows graph;
  for (size_t row = 0; row < static_cast<size_t>(said.rows()); ++row) {
    ForEachOfBoth(said, heard, row, [&](int32_t column, double a, double b) {
      const double either = std::max(a, b) + std::min(a, b) * (1 - std::max(a, b));
      if (!(either > 0)) return;
      graph.columns.push_back(column);
      graph.values.push_back(either);
    });
    graph.begins.push_back(graph.columns.size());
  }
  return graph;
}

}  // namespace parzen
