#include "worker/models/neighbors/nearest_candidates.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace parzen {

void NearestCandidates::Begin(int64_t neighbors, const ScoreBounds& bounds, const ScoreBounds::OfRow& row) {
  neighbors_ = neighbors;
  bounds_ = &bounds;
  row_ = row;
  limit_ = std::numeric_limits<float>::infinity();
  shrink_at_ = static_cast<size_t>(2 * neighbors + 32);
  candidates_.clear();
}

void NearestCandidates::Add(int64_t first, int64_t count, const float* scores) {
  const float* const times = bounds_->times.data() + first;
  const float* const add = bounds_->add.data() + first;
  const float* const width = bounds_->width.data() + first;
  const __m256 factor = _mm256_set1_ps(row_.factor), limit = _mm256_set1_ps(limit_);
  alignas(32) float lows[8];
  for (int64_t j = 0; j < count; j += 8) {
    __m256 low;
    unsigned present = 0xff;
    if (count - j >= 8) {
      low = _mm256_fmadd_ps(_mm256_loadu_ps(times + j), _mm256_loadu_ps(scores + j), _mm256_loadu_ps(add + j));
      low = _mm256_fnmadd_ps(factor, _mm256_loadu_ps(width + j), low);
    } else {
      present = (1u << (count - j)) - 1;
      for (int64_t i = 0; i < count - j; ++i) {
        lows[i] = std::fma(-row_.factor, width[j + i], std::fma(times[j + i], scores[j + i], add[j + i]));
      }
      for (int64_t i = count - j; i < 8; ++i) lows[i] = 0;
      low = _mm256_load_ps(lows);
    }
    // Not above the limit, rather than below: what is not a number may be near.
    unsigned near = present & static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(low, limit, _CMP_NGT_UQ)));
    if (near == 0) continue;
    _mm256_store_ps(lows, low);
    for (; near != 0; near &= near - 1) {
      const int i = __builtin_ctz(near);
      candidates_.push_back({lows[i], static_cast<int32_t>(first + j + i)});
    }
  }
  if (candidates_.size() >= shrink_at_) Shrink();
}

void NearestCandidates::Shrink() {
  const size_t neighbors = static_cast<size_t>(neighbors_);
  if (candidates_.size() <= neighbors) return;
  highs_.clear();
  for (const Candidate& candidate : candidates_) highs_.push_back(bounds_->High(candidate.low, candidate.row, row_));
  const auto last = highs_.begin() + static_cast<int64_t>(neighbors - 1);
  std::nth_element(highs_.begin(), last, highs_.end());
  limit_ = std::min(limit_, *last);
  candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(),
                                   [this](const Candidate& candidate) { return candidate.low > limit_; }),
                    candidates_.end());
  // Where many are as near, looking at them after every tile would take longest of all.
  shrink_at_ = std::max(shrink_at_, 2 * candidates_.size());
}

const std::vector<int32_t>& NearestCandidates::Rows() {
  Shrink();
  rows_.clear();
  for (const Candidate& candidate : candidates_) rows_.push_back(candidate.row);
  return rows_;
}

}  // namespace parzen
