#include "worker/metrics/embedding.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/metrics/kept_rows.h"
#include "worker/models/neighbors/exact_distance.h"
#include "worker/models/neighbors/neighbor_search.h"
#include "worker/models/neighbors/tile_scores.h"

namespace parzen {
namespace {

constexpr int64_t kMostRows = 10000;
constexpr int kNeighbors = 5;
constexpr int64_t kLanes = 8;
// Outside of these, squares of floats are not what the bounds of sums of floats suppose.
constexpr double kSmallSquare = 1e-20, kLargeSquare = 1e30;

// Those nearest to each row, itself not among them: kNeighbors each.
using Others = std::vector<int32_t>;

absl::StatusOr<Others> NearestOthers(const FeatureRef& rows, const std::function<bool()>& stop) {
  ASSIGN_OR_RETURN(const NeighborLists lists,
                   NeighborSearch(NearestNeighbors::EUCLIDEAN, rows).Find(rows, kNeighbors + 1, stop));
  Others others;
  others.reserve(static_cast<size_t>(rows.rows() * kNeighbors));
  for (int64_t row = 0; row < rows.rows(); ++row) {
    const int32_t* const found = lists.rows.data() + row * lists.length;
    int taken = 0;
    for (int64_t n = 0; n < lists.length && taken < kNeighbors; ++n) {
      if (found[n] == row) continue;
      others.push_back(found[n]);
      ++taken;
    }
  }
  return others;
}

// Counts, for each row and each of its others, the rows that are nearer to it. Products of floats tell of almost all,
// and where their rounding leaves a doubt, distances in double decide.
class RankCount {
 public:
  // Borrows both.
  RankCount(const FeatureRef& rows, const Others& others)
      : rows_(rows),
        others_(others),
        squares_(static_cast<size_t>(rows.rows())),
        narrow_squares_(static_cast<size_t>((rows.rows() + kLanes - 1) / kLanes * kLanes)),
        distances_(others.size()),
        nearer_(others.size()) {
    tbb::parallel_for(int64_t{0}, rows.rows(), [&](int64_t i) {
      squares_[static_cast<size_t>(i)] = ExactProduct(Row(i), Row(i), rows_.cols());
      narrow_squares_[static_cast<size_t>(i)] = static_cast<float>(squares_[static_cast<size_t>(i)]);
      for (size_t at = static_cast<size_t>(i * kNeighbors); at < static_cast<size_t>((i + 1) * kNeighbors); ++at) {
        distances_[at] = Distance(i, others_[at]);
      }
    });
    largest_square_ = *std::max_element(squares_.begin(), squares_.end());
  }

  // The sum over all of what ranks are beyond kNeighbors. Cancelled: `stop` said so.
  absl::StatusOr<int64_t> SumBeyond(const std::function<bool()>& stop) {
    std::fill(nearer_.begin(), nearer_.end(), 0);
    ForEachProductScore(rows_, rows_, stop, [this](int64_t first, int64_t first_other, const FeatureRef& products) {
      for (int64_t i = 0; i < products.rows(); ++i) {
        CountTile(first + i, first_other, products.cols(), products.data() + i * products.outerStride());
      }
    });
    if (stop()) return absl::CancelledError("measuring the embedding was asked to stop");
    int64_t sum = 0;
    for (size_t at = 0; at < others_.size(); ++at) {
      const int64_t row = static_cast<int64_t>(at) / kNeighbors;
      // It is at no distance from itself, but not one of the others.
      const int64_t itself = std::pair(0., row) < std::pair(distances_[at], int64_t{others_[at]});
      sum += std::max<int64_t>(nearer_[at] - itself + 1 - kNeighbors, 0);
    }
    return sum;
  }

 private:
  const float* Row(int64_t i) const { return rows_.data() + i * rows_.outerStride(); }
  // Squared, as everywhere here.
  double Distance(int64_t i, int64_t j) const {
    return ExactMeasure(NearestNeighbors::EUCLIDEAN, Row(i), 0, Row(j), 0, rows_.cols());
  }

  // What a row's distances, less its own square, differ at most from those of rounded products: standard bounds of sums
  // of floats and what follows them (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1).
  double ErrorOf(int64_t row) const {
    if (largest_square_ < kSmallSquare || largest_square_ > kLargeSquare)
      return std::numeric_limits<double>::infinity();
    constexpr double kUnit = 0x1p-24;
    const double terms = static_cast<double>(rows_.cols() + 16) * kUnit;
    return 1.1 * terms / (1 - std::min(terms, .5)) * (squares_[static_cast<size_t>(row)] + largest_square_);
  }

  // Row i and `count` rows from `first` on, whose products with it are given. Behind them the tile goes on with others.
  void CountTile(int64_t i, int64_t first, int64_t count, const float* products) {
    const size_t at = static_cast<size_t>(i * kNeighbors);
    const double error = ErrorOf(i);
    __m256 low[kNeighbors], high[kNeighbors];
    __m256i nearer[kNeighbors];
    for (size_t n = 0; n < kNeighbors; ++n) {
      const double beyond_square = distances_[at + n] - squares_[static_cast<size_t>(i)];
      low[n] = _mm256_set1_ps(static_cast<float>(beyond_square - error));
      high[n] = _mm256_set1_ps(static_cast<float>(beyond_square + error));
      nearer[n] = _mm256_setzero_si256();
    }
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    for (int64_t j = 0; j < count; j += kLanes) {
      const __m256 present =
          _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int32_t>(count - j)), lane));
      const __m256 score = _mm256_fnmadd_ps(_mm256_set1_ps(2), _mm256_loadu_ps(products + j),
                                            _mm256_loadu_ps(narrow_squares_.data() + first + j));
      __m256 doubt = _mm256_setzero_ps();
#pragma GCC unroll 5
      for (int n = 0; n < kNeighbors; ++n) {
        const __m256 below = _mm256_and_ps(_mm256_cmp_ps(score, low[n], _CMP_LT_OQ), present);
        // What is not a number is not above either.
        const __m256 not_above = _mm256_cmp_ps(score, high[n], _CMP_NGT_UQ);
        doubt = _mm256_or_ps(doubt, _mm256_andnot_ps(below, not_above));
        nearer[n] = _mm256_sub_epi32(nearer[n], _mm256_castps_si256(below));
      }
      const unsigned doubts = static_cast<unsigned>(_mm256_movemask_ps(_mm256_and_ps(doubt, present)));
      if (doubts != 0) Decide(i, first + j, doubts, score, low);
    }
    alignas(32) int32_t counts[kLanes];
    for (size_t n = 0; n < kNeighbors; ++n) {
      _mm256_store_si256(reinterpret_cast<__m256i*>(counts), nearer[n]);
      for (const int32_t part : counts) nearer_[at + n] += part;
    }
  }

  // Counts those of the eight rows from `first` on that are in doubt and have not been counted, score by score.
  void Decide(int64_t i, int64_t first, unsigned doubts, __m256 score, const __m256* low) {
    for (; doubts != 0; doubts &= doubts - 1) {
      const int which = __builtin_ctz(doubts);
      const int64_t j = first + which;
      const double distance = Distance(i, j);
      for (size_t n = 0; n < kNeighbors; ++n) {
        if (score[which] < low[n][0]) continue;
        const size_t at = static_cast<size_t>(i * kNeighbors) + n;
        nearer_[at] += std::pair(distance, j) < std::pair(distances_[at], int64_t{others_[at]});
      }
    }
  }

  const FeatureRef& rows_;
  const Others& others_;
  std::vector<double> squares_;        // of the rows
  std::vector<float> narrow_squares_;  // the same, and zeros up to a whole register
  std::vector<double> distances_;      // of the others
  std::vector<int64_t> nearer_;        // rows than the others
  double largest_square_ = 0;
};

// What the penalties leave of 1.
absl::StatusOr<double> LeftOfOne(const FeatureRef& rows, const Others& others, const std::function<bool()>& stop) {
  ASSIGN_OR_RETURN(const int64_t beyond, RankCount(rows, others).SumBeyond(stop));
  const double n = static_cast<double>(rows.rows()), k = kNeighbors;
  return 1 - static_cast<double>(beyond) * (2 / (n * k * (2 * n - 3 * k - 1)));
}

// The label that most have, of equally many the smallest.
int32_t MostFrequent(std::array<int32_t, kNeighbors> labels) {
  std::sort(labels.begin(), labels.end());
  int32_t most = labels[0];
  int best = 0, length = 0;
  for (size_t n = 0; n < labels.size(); ++n) {
    length = n > 0 && labels[n] == labels[n - 1] ? length + 1 : 1;
    if (length > best) most = labels[n];
    best = std::max(best, length);
  }
  return most;
}

double NeighborAccuracy(const Others& others, absl::Span<const int32_t> labels) {
  int64_t right = 0;
  for (size_t row = 0; row < labels.size(); ++row) {
    std::array<int32_t, kNeighbors> of_others;
    for (size_t n = 0; n < kNeighbors; ++n) of_others[n] = labels[static_cast<size_t>(others[row * kNeighbors + n])];
    right += MostFrequent(of_others) == labels[row];
  }
  return static_cast<double>(right) / static_cast<double>(labels.size());
}

absl::Status MeasureAll(const FeatureRef& rows, const FeatureRef& places, absl::Span<const int32_t> labels,
                        const std::function<bool()>& stop, PartMetrics& metrics) {
  if (rows.rows() <= kNeighbors) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Others near_places, NearestOthers(places, stop));
  if (!labels.empty()) metrics.set_neighbor_accuracy(NeighborAccuracy(near_places, labels));
  if (rows.rows() <= 2 * kNeighbors) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Others near_rows, NearestOthers(rows, stop));
  ASSIGN_OR_RETURN(const double trustworthiness, LeftOfOne(rows, near_places, stop));
  ASSIGN_OR_RETURN(const double continuity, LeftOfOne(places, near_rows, stop));
  metrics.set_trustworthiness(trustworthiness);
  metrics.set_continuity(continuity);
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureEmbedding(const FeatureRef& rows, const FeatureRef& places, absl::Span<const int32_t> labels,
                              const std::function<bool()>& stop, PartMetrics& metrics) {
  if (rows.rows() <= kMostRows) return MeasureAll(rows, places, labels, stop, metrics);
  FeatureMatrix some_rows(kMostRows, rows.cols()), some_places(kMostRows, places.cols());
  std::vector<int32_t> some_labels;
  int64_t to = 0;
  for (const int64_t row : EvenlyChosen(rows.rows(), kMostRows)) {
    some_rows.row(to) = rows.row(row);
    some_places.row(to++) = places.row(row);
    if (!labels.empty()) some_labels.push_back(labels[static_cast<size_t>(row)]);
  }
  return MeasureAll(some_rows, some_places, some_labels, stop, metrics);
}

}  // namespace parzen
