#include "worker/metrics/ranking.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

// The probability of class `c`. Near 1, where neighbouring floats are far apart, it is told by the others: a confident
// model's rows would be ties.
double ProbabilityOf(const FeatureMatrix& probabilities, int64_t row, int64_t c) {
  const auto all = probabilities.row(row);
  if (!(all(c) > .5F)) return std::max(static_cast<double>(all(c)), 0.);
  double others = 0;
  for (int64_t other = 0; other < all.size(); ++other) others += other == c ? 0 : static_cast<double>(all(other));
  return std::clamp(1 - others, 0., 1.);
}

// A probability, in an order that integers have, and whether the row has the class, in the last bit.
uint64_t KeyOf(double probability, bool has_class) {
  return std::bit_cast<uint64_t>(probability) << 1 | static_cast<uint64_t>(has_class);
}

// The share of pairs of a row with the class and one without in which the first has the higher probability; of ties,
// half. Doubled, it is a count.
double AreaOf(const std::vector<uint64_t>& sorted) {
  double twice = 0;
  int64_t positives = 0, negatives = 0;
  for (size_t first = 0; first < sorted.size();) {
    int64_t equal[2] = {};
    size_t end = first;
    for (; end < sorted.size() && sorted[end] >> 1 == sorted[first] >> 1; ++end) ++equal[sorted[end] & 1];
    twice += static_cast<double>(equal[1]) * static_cast<double>(2 * negatives + equal[0]);
    negatives += equal[0];
    positives += equal[1];
    first = end;
  }
  return twice / (2 * static_cast<double>(positives) * static_cast<double>(negatives));
}

}  // namespace

std::optional<double> RocAuc(const FeatureMatrix& probabilities, absl::Span<const int32_t> labels) {
  const int64_t rows = probabilities.rows(), classes = probabilities.cols();
  std::vector<int64_t> rows_of(static_cast<size_t>(classes), 0);
  for (const int32_t label : labels) ++rows_of[static_cast<size_t>(label)];
  if (std::any_of(rows_of.begin(), rows_of.end(), [rows](int64_t count) { return count == 0 || count == rows; })) {
    return std::nullopt;
  }
  std::vector<double> areas(static_cast<size_t>(classes));
  tbb::enumerable_thread_specific<std::vector<uint64_t>> all_keys;
  tbb::parallel_for(int64_t{0}, classes, [&](int64_t c) {
    std::vector<uint64_t>& keys = all_keys.local();
    keys.resize(static_cast<size_t>(rows));
    for (int64_t row = 0; row < rows; ++row) {
      const bool has_class = labels[static_cast<size_t>(row)] == c;
      keys[static_cast<size_t>(row)] = KeyOf(ProbabilityOf(probabilities, row, c), has_class);
    }
    std::sort(keys.begin(), keys.end());
    areas[static_cast<size_t>(c)] = AreaOf(keys);
  });
  double sum = 0;
  for (const double area : areas) sum += area;
  return sum / static_cast<double>(classes);
}

std::optional<double> TopAccuracy(const FeatureMatrix& probabilities, absl::Span<const int32_t> labels, int k) {
  if (probabilities.cols() <= k) return std::nullopt;
  int64_t hits = 0;
  for (int64_t row = 0; row < probabilities.rows(); ++row) {
    const int64_t truth = labels[static_cast<size_t>(row)];
    const float probability = probabilities(row, truth);
    int64_t before = 0;
    for (int64_t c = 0; c < probabilities.cols(); ++c) {
      before += probabilities(row, c) > probability || (c > truth && probabilities(row, c) == probability);
    }
    hits += before < k;
  }
  return static_cast<double>(hits) / static_cast<double>(probabilities.rows());
}

}  // namespace parzen
