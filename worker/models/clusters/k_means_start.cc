#include "worker/models/clusters/k_means_start.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/models/clusters/nearest_centers.h"

namespace parzen {
namespace {

// Candidates are fewer: 2 + ln(100,000) is 13.
constexpr int64_t kMostCandidates = 16;
constexpr float kWorstDistance = .01F;

// How far rows are from the nearest of those drawn.
class SpreadRows {
 public:
  SpreadRows(const FeatureRef& rows, double spread, StopCheck& stop)
      : rows_(rows),
        unit_(spread > 0 ? spread : 1),
        stop_(stop),
        parts_(rows.rows(), rows.cols()),
        closest_(static_cast<size_t>(rows.rows()), std::numeric_limits<float>::infinity()),
        tried_(static_cast<size_t>(rows.rows() * kMostCandidates / 2)),
        sums_(static_cast<size_t>(parts_.count)),
        tried_sums_(static_cast<size_t>(parts_.count)) {}

  int64_t Draw(RandomStream& stream) const;
  // The one of them, 1 at least, that is best taken; takes it.
  int64_t TakeBest(const std::vector<int64_t>& candidates);

 private:
  using Sums = std::array<double, kMostCandidates>;
  struct Candidates {
    CenterMatrix centers;
    CenterScores scores;
    int64_t count;
  };
  static CenterMatrix CentersAt(const FeatureRef& rows, const std::vector<int64_t>& candidates) {
    CenterMatrix centers(static_cast<int64_t>(candidates.size()), rows.cols());
    for (size_t i = 0; i < candidates.size(); ++i) {
      centers.row(static_cast<int64_t>(i)) = rows.row(candidates[i]).cast<double>();
    }
    return centers;
  }

  void Try(const Candidates& candidates, int64_t part, CenterScores::Block& block);
  // Of one row, the place-th of a block: its distances if each of the candidates were taken.
  void TryRow(const Candidates& candidates, int64_t row, int64_t place, const CenterScores::Block& block, Sums& sums);

  const FeatureRef& rows_;
  const double unit_;  // of distances: none is too large for 32 bits
  StopCheck& stop_;
  const RowParts parts_;
  int64_t lanes_ = 0;           // of tried_
  std::vector<float> closest_;  // rows: squared distances from the nearest row that was taken
  std::vector<float> tried_;    // rows x lanes_
  std::vector<double> sums_;    // of closest_, of each part
  std::vector<Sums> tried_sums_;
  tbb::enumerable_thread_specific<std::pair<CenterScores::Block, std::vector<int32_t>>> blocks_;
};

int64_t SpreadRows::Draw(RandomStream& stream) const {
  const double all = std::accumulate(sums_.begin(), sums_.end(), 0.);
  if (!(all > 0)) return static_cast<int64_t>(stream.Below(static_cast<uint64_t>(parts_.rows)));
  double left = stream.Uniform() * all;
  // The last row with a chance is drawn where roundings have left something.
  int64_t drawn = 0;
  for (int64_t part = 0; part < parts_.count; ++part) {
    const double sum = sums_[static_cast<size_t>(part)];
    if (sum <= left && part + 1 < parts_.count) {
      left -= sum;
      continue;
    }
    for (int64_t row = parts_.first(part); row < parts_.end(part); ++row) {
      const double chance = closest_[static_cast<size_t>(row)];
      if (chance <= 0) continue;
      drawn = row;
      left -= chance;
      if (left < 0) return row;
    }
  }
  return drawn;
}

int64_t SpreadRows::TakeBest(const std::vector<int64_t>& candidates) {
  CenterMatrix centers = CentersAt(rows_, candidates);
  CenterScores scores(centers);
  lanes_ = scores.padded();
  const Candidates all{std::move(centers), std::move(scores), static_cast<int64_t>(candidates.size())};
  if (static_cast<int64_t>(tried_.size()) < rows_.rows() * lanes_) {
    tried_.resize(static_cast<size_t>(rows_.rows() * lanes_));
  }
  tbb::parallel_for(int64_t{0}, parts_.count, [&](int64_t part) {
    if (!stop_.Stopped()) Try(all, part, blocks_.local().first);
  });
  Sums sums = {};
  for (const Sums& of_part : tried_sums_) {
    for (size_t i = 0; i < candidates.size(); ++i) sums[i] += of_part[i];
  }
  const size_t best = static_cast<size_t>(std::min_element(sums.begin(), sums.begin() + all.count) - sums.begin());
  tbb::parallel_for(int64_t{0}, parts_.count, [&](int64_t part) {
    sums_[static_cast<size_t>(part)] = tried_sums_[static_cast<size_t>(part)][best];
    for (int64_t row = parts_.first(part); row < parts_.end(part); ++row) {
      closest_[static_cast<size_t>(row)] = tried_[static_cast<size_t>(row * lanes_) + best];
    }
  });
  return candidates[best];
}

void SpreadRows::Try(const Candidates& candidates, int64_t part, CenterScores::Block& block) {
  std::vector<int32_t>& which = blocks_.local().second;
  const int64_t at_a_time = CenterScores::RowsAtATime(rows_.cols());
  Sums& sums = tried_sums_[static_cast<size_t>(part)];
  sums.fill(0);
  for (int64_t first = parts_.first(part); first < parts_.end(part); first += at_a_time) {
    which.resize(static_cast<size_t>(std::min(at_a_time, parts_.end(part) - first)));
    std::iota(which.begin(), which.end(), static_cast<int32_t>(first));
    candidates.scores.Take(rows_, which, block);
    candidates.scores.Score(0, block);
    for (int64_t i = 0; i < block.count; ++i) TryRow(candidates, first + i, i, block, sums);
  }
}

void SpreadRows::TryRow(const Candidates& candidates, int64_t row, int64_t place, const CenterScores::Block& block,
                        Sums& sums) {
  const CenterScores& scores = candidates.scores;
  const float square = block.squares[static_cast<size_t>(place)];
  const double length = scores.LengthOf(square);
  const float error =
      static_cast<float>((2 * scores.Error(length, scores.longest()) + scores.SquareError(length)) / unit_);
  const __m256 per_unit = _mm256_set1_ps(static_cast<float>(1 / unit_));
  const __m256 closest = _mm256_set1_ps(closest_[static_cast<size_t>(row)]);
  float* const tried = tried_.data() + row * lanes_;
  for (int64_t lane = 0; lane < lanes_; lane += 8) {
    const __m256 score = _mm256_loadu_ps(block.scores.data() + place * CenterScores::kCentersAtATime + lane);
    const __m256 sum = _mm256_add_ps(_mm256_set1_ps(square), _mm256_add_ps(score, score));
    const __m256 distance = _mm256_max_ps(_mm256_mul_ps(sum, per_unit), _mm256_setzero_ps());
    // Where the error may matter, or there is no number.
    const __m256 vague =
        _mm256_cmp_ps(_mm256_set1_ps(error), _mm256_mul_ps(distance, _mm256_set1_ps(kWorstDistance)), _CMP_NLE_UQ);
    const __m256 nearer = _mm256_cmp_ps(_mm256_sub_ps(distance, _mm256_set1_ps(error)), closest, _CMP_NGE_UQ);
    _mm256_storeu_ps(tried + lane, _mm256_min_ps(distance, closest));
    const int doubtful = _mm256_movemask_ps(_mm256_and_ps(vague, nearer));
    for (int64_t i = lane; doubtful != 0 && i < std::min(lane + 8, candidates.count); ++i) {
      if ((doubtful >> (i - lane) & 1) == 0) continue;
      const double exact = SquaredDistance(rows_.data() + row * rows_.outerStride(),
                                           candidates.centers.data() + i * rows_.cols(), rows_.cols());
      tried[i] = std::min(static_cast<float>(exact / unit_), closest_[static_cast<size_t>(row)]);
    }
  }
  for (int64_t i = 0; i < candidates.count; ++i) sums[static_cast<size_t>(i)] += tried[i];
}

}  // namespace

std::vector<int64_t> DrawRows(int64_t rows, int64_t count, RandomStream& stream) {
  std::vector<int64_t> places(static_cast<size_t>(rows));
  std::iota(places.begin(), places.end(), 0);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t other = i + static_cast<int64_t>(stream.Below(static_cast<uint64_t>(rows - i)));
    std::swap(places[static_cast<size_t>(i)], places[static_cast<size_t>(other)]);
  }
  places.resize(static_cast<size_t>(count));
  return places;
}

std::vector<int64_t> DrawSpreadRows(const FeatureRef& rows, int64_t count, double spread, RandomStream& stream,
                                    StopCheck& stop) {
  SpreadRows spread_rows(rows, spread, stop);
  const int64_t at_a_time = 2 + static_cast<int64_t>(std::log(static_cast<double>(count)));
  std::vector<int64_t> taken = {
      spread_rows.TakeBest({static_cast<int64_t>(stream.Below(static_cast<uint64_t>(rows.rows())))})};
  std::vector<int64_t> candidates(static_cast<size_t>(at_a_time));
  while (static_cast<int64_t>(taken.size()) < count && !stop.Stopped()) {
    for (int64_t& candidate : candidates) candidate = spread_rows.Draw(stream);
    taken.push_back(spread_rows.TakeBest(candidates));
  }
  return taken;
}

}  // namespace parzen
