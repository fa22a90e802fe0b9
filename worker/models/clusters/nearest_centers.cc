#include "worker/models/clusters/nearest_centers.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
// Parts are so many that threads find work, and so few that they cost nothing.
constexpr int64_t kParts = 64;
constexpr int64_t kLongestPart = 8192;

__m256 LeastOfLanes(__m256 a) {
  a = _mm256_min_ps(a, _mm256_permute2f128_ps(a, a, 1));
  a = _mm256_min_ps(a, _mm256_permute_ps(a, 0b01001110));
  return _mm256_min_ps(a, _mm256_permute_ps(a, 0b10110001));
}

// Brings `least`, `second` and `index` up to date with so many scores, a multiple of 8. With NaN among them they mean
// nothing.
void FindLeast(const float* scores, int64_t count, int32_t first, float& least, float& second, int32_t& index) {
  __m256 low = _mm256_set1_ps(kInfinity), next = low;
  __m256i where = _mm256_setzero_si256();
  __m256i here = _mm256_add_epi32(_mm256_set1_epi32(first), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  for (int64_t i = 0; i < count; i += 8) {
    const __m256 score = _mm256_loadu_ps(scores + i);
    const __m256 less = _mm256_cmp_ps(score, low, _CMP_LT_OQ);
    next = _mm256_min_ps(next, _mm256_max_ps(score, low));
    low = _mm256_min_ps(score, low);
    where = _mm256_blendv_epi8(where, here, _mm256_castps_si256(less));
    here = _mm256_add_epi32(here, _mm256_set1_epi32(8));
  }
  const __m256 lowest = LeastOfLanes(low);
  const unsigned equal = static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(low, lowest, _CMP_EQ_OQ)));
  const int lane = equal == 0 ? 0 : std::countr_zero(equal);
  alignas(32) int32_t places[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(places), where);
  // Of the lane of the lowest its second counts, of the others their lowest.
  const __m256i is_lane = _mm256_cmpeq_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(lane));
  const float lowest_of_rest =
      _mm256_cvtss_f32(LeastOfLanes(_mm256_blendv_ps(low, next, _mm256_castsi256_ps(is_lane))));
  const float lowest_here = _mm256_cvtss_f32(lowest);
  second = std::min(std::min(second, lowest_of_rest), std::max(least, lowest_here));
  if (lowest_here < least) {
    least = lowest_here;
    index = places[lane];
  }
}

}  // namespace

float RoundUp(double distance) { return static_cast<float>(distance * (1 + kDistanceMargin)) + kLeastMargin; }

float RoundDown(double distance) {
  return std::max(0.F, static_cast<float>(distance * (1 - kDistanceMargin)) - kLeastMargin);
}

void NearestCenters::Find(const FeatureRef& rows, absl::Span<const int32_t> which, CenterScores::Block& block,
                          NearestCenter* found) const {
  scores_.Take(rows, which, block);
  Lowest lowest[CenterScores::kMostRowsAtATime];
  std::fill_n(lowest, which.size(), Lowest{kInfinity, kInfinity, 0});
  for (int64_t first = 0; first < scores_.padded(); first += CenterScores::kCentersAtATime) {
    const int64_t count = scores_.Score(first, block);
    const float* scores = block.scores.data();
    for (size_t i = 0; i < which.size(); ++i, scores += CenterScores::kCentersAtATime) {
      FindLeast(scores, count, static_cast<int32_t>(first), lowest[i].score, lowest[i].second, lowest[i].center);
    }
  }
  for (size_t i = 0; i < which.size(); ++i) {
    const float* const row = rows.data() + which[i] * rows.outerStride();
    found[i] = Decide(row, static_cast<int64_t>(i), lowest[i], block);
  }
}

NearestCenter NearestCenters::Decide(const float* row, int64_t place, const Lowest& lowest,
                                     const CenterScores::Block& block) const {
  const double square = block.squares[static_cast<size_t>(place)];
  const double length = scores_.LengthOf(block.squares[static_cast<size_t>(place)]);
  const double error = scores_.Error(length, scores_.longest());
  // False, too, where there is an infinity or NaN.
  const double apart = static_cast<double>(lowest.second) - lowest.score;
  if (!(apart > 2 * error)) return DecideInDouble(row, place, length, block);
  const double error_of_square = 2 * error + scores_.SquareError(length);
  const double least = std::max(0., square + 2. * lowest.score);
  const double second = std::max(0., square + 2. * lowest.second - error_of_square);
  return {lowest.center, RoundUp(std::sqrt(least + error_of_square)), RoundDown(std::sqrt(second))};
}

NearestCenter NearestCenters::DecideInDouble(const float* row, int64_t place, double length,
                                             const CenterScores::Block& block) const {
  std::vector<float> scores(static_cast<size_t>(scores_.padded()));
  scores_.ScoreRow(place, block, scores.data());
  const bool known = std::isfinite(scores_.Error(length, scores_.longest()));
  // One of them is no further than this says.
  double most = std::numeric_limits<double>::infinity();
  for (int64_t j = 0; known && j < centers_.rows(); ++j) {
    most = std::min(most, scores[static_cast<size_t>(j)] + scores_.Error(length, scores_.CenterLength(j)));
  }
  double least = std::numeric_limits<double>::infinity();
  int32_t nearest = 0;
  for (int64_t j = 0; j < centers_.rows(); ++j) {
    if (known && scores[static_cast<size_t>(j)] - scores_.Error(length, scores_.CenterLength(j)) > most) continue;
    const double distance = SquaredDistance(row, centers_.data() + j * centers_.cols(), centers_.cols());
    if (distance >= least) continue;
    least = distance;
    nearest = static_cast<int32_t>(j);
  }
  return {nearest, RoundUp(std::sqrt(least)), 0};
}

RowParts::RowParts(int64_t all_rows, int64_t columns)
    : rows(all_rows), length(std::clamp(all_rows / kParts, CenterScores::RowsAtATime(columns), kLongestPart)) {
  count = (rows + length - 1) / length;
}

std::vector<int32_t> AssignToNearest(const FeatureRef& rows, const CenterMatrix& centers) {
  const NearestCenters nearest(centers);
  std::vector<int32_t> labels(static_cast<size_t>(rows.rows()));
  const RowParts parts(rows.rows(), rows.cols());
  const int64_t at_a_time = CenterScores::RowsAtATime(rows.cols());
  struct Local {
    CenterScores::Block block;
    std::vector<int32_t> which;
    std::vector<NearestCenter> found;
  };
  tbb::enumerable_thread_specific<Local> locals;
  tbb::parallel_for(int64_t{0}, parts.count, [&](int64_t part) {
    Local& local = locals.local();
    for (int64_t first = parts.first(part); first < parts.end(part); first += at_a_time) {
      const size_t count = static_cast<size_t>(std::min(at_a_time, parts.end(part) - first));
      local.which.resize(count);
      local.found.resize(count);
      std::iota(local.which.begin(), local.which.end(), static_cast<int32_t>(first));
      nearest.Find(rows, local.which, local.block, local.found.data());
      for (size_t i = 0; i < count; ++i) labels[static_cast<size_t>(first) + i] = local.found[i].center;
    }
  });
  return labels;
}

double SumOfSquaredDistances(const FeatureRef& rows, const CenterMatrix& centers, absl::Span<const int32_t> labels) {
  const RowParts parts(rows.rows(), rows.cols());
  std::vector<double> sums(static_cast<size_t>(parts.count), 0);
  tbb::parallel_for(int64_t{0}, parts.count, [&](int64_t part) {
    double sum = 0;
    for (int64_t row = parts.first(part); row < parts.end(part); ++row) {
      sum += SquaredDistance(rows.data() + row * rows.outerStride(),
                             centers.data() + labels[static_cast<size_t>(row)] * centers.cols(), centers.cols());
    }
    sums[static_cast<size_t>(part)] = sum;
  });
  return std::accumulate(sums.begin(), sums.end(), 0.);
}

}  // namespace parzen
