#include "worker/metrics/ranking.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

// A probability, in an order that integers have, and whether the row has the class, in the last bit.
uint32_t KeyOf(float probability, bool has_class) {
  const float within = probability > 0 ? std::min(probability, 1.f) : 0.f;
  uint32_t bits;
  std::memcpy(&bits, &within, sizeof(bits));
  return bits << 1 | static_cast<uint32_t>(has_class);
}

struct Keys {
  std::vector<uint32_t> sorted, other;
};

// Radix sort by digits of 11 bits: keys have 31.
void Sort(Keys& keys) {
  constexpr int kDigit = 11;
  constexpr uint32_t kMask = (1u << kDigit) - 1;
  if (keys.sorted.size() <= kMask) return std::sort(keys.sorted.begin(), keys.sorted.end());
  keys.other.resize(keys.sorted.size());
  for (int shift = 0; shift < 31; shift += kDigit) {
    std::vector<uint32_t> next(kMask + 2, 0);
    for (const uint32_t key : keys.sorted) ++next[(key >> shift & kMask) + 1];
    for (uint32_t digit = 0; digit < kMask; ++digit) next[digit + 1] += next[digit];
    for (const uint32_t key : keys.sorted) keys.other[next[key >> shift & kMask]++] = key;
    keys.sorted.swap(keys.other);
  }
}

// The share of pairs of a row with the class and one without in which the first has the higher probability; of ties,
// half. Doubled, it is a count.
double AreaOf(const std::vector<uint32_t>& sorted) {
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
  tbb::enumerable_thread_specific<Keys> all_keys;
  tbb::parallel_for(int64_t{0}, classes, [&](int64_t c) {
    Keys& keys = all_keys.local();
    keys.sorted.resize(static_cast<size_t>(rows));
    for (int64_t row = 0; row < rows; ++row) {
      keys.sorted[static_cast<size_t>(row)] = KeyOf(probabilities(row, c), labels[static_cast<size_t>(row)] == c);
    }
    Sort(keys);
    areas[static_cast<size_t>(c)] = AreaOf(keys.sorted);
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
