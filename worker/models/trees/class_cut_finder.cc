#include "worker/models/trees/class_cut_finder.h"

#include <immintrin.h>

#include <algorithm>
#include <limits>

#include "worker/models/trees/random_cut.h"

namespace parzen {
namespace {

__m256i Load(const int16_t* from) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(from)); }

void Clear(int16_t* counts) { _mm256_store_si256(reinterpret_cast<__m256i*>(counts), _mm256_setzero_si256()); }

// The sums of four vectors of eight 32-bit numbers.
__m128i SumFour(const __m256i (&v)[4]) {
  const __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(v[0], v[1]), _mm256_hadd_epi32(v[2], v[3]));
  return _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

// The Gini score while classes move from the right side to the left.
class GiniSums {
 public:
  GiniSums(const std::vector<uint32_t>& totals, uint32_t weight) : right_weight_(weight) {
    for (const uint64_t total : totals) right_squares_ += total * total;
  }
  void Move(uint64_t weight, uint64_t left, uint64_t right) {
    left_squares_ += weight * (2 * left + weight);
    right_squares_ -= weight * (2 * right - weight);
    left_weight_ += weight;
    right_weight_ -= weight;
  }
  double Score() const {
    return static_cast<double>(left_squares_) / static_cast<double>(left_weight_) +
           static_cast<double>(right_squares_) / static_cast<double>(right_weight_);
  }

 private:
  uint64_t left_squares_ = 0, right_squares_ = 0, left_weight_ = 0, right_weight_;
};

}  // namespace

ClassCutFinder::ClassCutFinder(int classes, int min_samples_leaf, const ClassImpurity& impurity,
                               const CodeValues* values)
    : min_samples_leaf_(min_samples_leaf),
      impurity_(impurity),
      values_(values),
      counts_(classes),
      left_(classes),
      right_(classes) {}

void ClassCutFinder::Enter(const Ground& ground, const Sample* samples, size_t count) {
  samples_ = samples;
  count_ = count;
  counts_.Enter(samples, count, ground.by_row, ground.columns.words, impurity_.IsPlainGini());
  // Scores from weighted counts are rounded: they prove nothing.
  perfect_score_ = impurity_.IsWeighted()    ? std::numeric_limits<double>::infinity()
                   : impurity_.IsPlainGini() ? counts_.weight()
                                             : 0;
}

bool ClassCutFinder::Find(int feature, double place, const CodeColumn& column, Cut& best) {
  const size_t codes = counts_.Count(column);
  if (codes == 1) return false;
  if (values_ != nullptr) {
    FindRandom(feature, place, column, codes, best);
  } else {
    FindBest(feature, column, codes, best);
  }
  return true;
}

void ClassCutFinder::FindBest(int feature, const CodeColumn& column, size_t codes, Cut& best) {
  if (counts_.is_narrow()) {
    counts_.vectors() == 1 ? ScoreNarrow<1>(codes) : ScoreNarrow<2>(codes);
  } else if (impurity_.IsPlainGini()) {
    ScorePlainGini(codes);
  } else {
    ScoreWide(codes);
  }
  size_t first, end;
  if (!AllowedCuts(column.codes, codes, first, end)) return;
  for (size_t i = first; i < end; ++i) {
    if (scores_[i] > best.score) best = {scores_[i], feature, counts_.codes()[i], counts_.codes()[i + 1]};
  }
}

void ClassCutFinder::FindRandom(int feature, double place, const CodeColumn& column, size_t codes, Cut& best) {
  const uint8_t* const all = counts_.codes();
  const uint8_t low = RandomCut(values_->of(feature), all[0], all[codes - 1], place);
  Part(std::upper_bound(all, all + codes, low) - all, codes);
  if (min_samples_leaf_ > 1 && !LeavesEnough(column.codes, low)) return;
  const double score = impurity_.Score(left_) + impurity_.Score(right_);
  if (score > best.score) best = {score, feature, low, static_cast<uint8_t>(low + 1)};
}

void ClassCutFinder::MakeLeaf(uint32_t node, GrownTree& tree) const {
  if (IsPure()) {
    tree.MakePureLeaf(node, samples_[0].label);
    return;
  }
  const double weight = Weight();
  std::vector<float> shares;
  for (size_t c = 0; c < counts_.totals().size(); ++c) {
    shares.push_back(static_cast<float>(impurity_.weight(c) * counts_.totals()[c] / weight));
  }
  tree.MakeLeaf(node, shares.data());
}

// Fills scores_ and clears the counts, four cuts at a time.
template <int kVectors>
void ClassCutFinder::ScoreNarrow(size_t codes) {
  __m256i totals[kVectors], left[kVectors];
  __m256i total_squares[4] = {};
  for (int v = 0; v < kVectors; ++v) {
    totals[v] = Load(counts_.narrow_totals() + v * CodeCounts::kLanes);
    left[v] = _mm256_setzero_si256();
    total_squares[0] = _mm256_add_epi32(total_squares[0], _mm256_madd_epi16(totals[v], totals[v]));
  }
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256d all_squares = _mm256_set1_pd(_mm_cvtsi128_si32(SumFour(total_squares)));
  const __m256d all_weight = _mm256_set1_pd(counts_.weight());
  for (size_t i = 0; i < codes; i += 4) {
    __m256i squares[4], products[4], weights[4];
    for (int j = 0; j < 4; ++j) {
      int16_t* const counts = counts_.narrow(counts_.codes()[i + j]);
      squares[j] = products[j] = weights[j] = _mm256_setzero_si256();
      for (int v = 0; v < kVectors; ++v) {
        left[v] = _mm256_add_epi16(left[v], Load(counts + v * CodeCounts::kLanes));
        Clear(counts + v * CodeCounts::kLanes);
        squares[j] = _mm256_add_epi32(squares[j], _mm256_madd_epi16(left[v], left[v]));
        products[j] = _mm256_add_epi32(products[j], _mm256_madd_epi16(left[v], totals[v]));
        weights[j] = _mm256_add_epi32(weights[j], _mm256_madd_epi16(left[v], ones));
      }
    }
    const __m256d left_squares = _mm256_cvtepi32_pd(SumFour(squares));
    const __m256d left_weight = _mm256_cvtepi32_pd(SumFour(weights));
    const __m256d product = _mm256_cvtepi32_pd(SumFour(products));
    // sum (total - left)^2 = sum total^2 - 2 sum total left + sum left^2
    const __m256d right_squares =
        _mm256_add_pd(_mm256_sub_pd(all_squares, _mm256_add_pd(product, product)), left_squares);
    const __m256d right_weight = _mm256_sub_pd(all_weight, left_weight);
    const __m256d numerator =
        _mm256_add_pd(_mm256_mul_pd(left_squares, right_weight), _mm256_mul_pd(right_squares, left_weight));
    _mm256_store_pd(scores_ + i, _mm256_div_pd(numerator, _mm256_mul_pd(left_weight, right_weight)));
  }
}

// As ScoreNarrow, for any number of classes and any weight.
void ClassCutFinder::ScorePlainGini(size_t codes) {
  const std::vector<uint32_t>& totals = counts_.totals();
  GiniSums sums(totals, counts_.weight());
  std::fill(left_.begin(), left_.end(), 0);
  for (size_t i = 0; i < codes; ++i) {
    uint32_t* const counts = counts_.wide(counts_.codes()[i]);
    for (size_t c = 0; c < totals.size(); ++c) {
      if (counts[c] == 0) continue;
      sums.Move(counts[c], left_[c], totals[c] - left_[c]);
      left_[c] += counts[c];
      counts[c] = 0;
    }
    scores_[i] = sums.Score();
  }
}

// The same for any impurity: both sides are summed afresh for each cut, as running floating-point sums would depend on
// the path.
void ClassCutFinder::ScoreWide(size_t codes) {
  std::fill(left_.begin(), left_.end(), 0);
  right_ = counts_.totals();
  for (size_t i = 0; i < codes; ++i) {
    uint32_t* const counts = counts_.wide(counts_.codes()[i]);
    for (size_t c = 0; c < left_.size(); ++c) {
      left_[c] += counts[c];
      right_[c] -= counts[c];
      counts[c] = 0;
    }
    if (i + 1 < codes) scores_[i] = impurity_.Score(left_) + impurity_.Score(right_);
  }
}

// Sums up both sides of the cut above the first `left_codes` codes and clears the counts.
void ClassCutFinder::Part(size_t left_codes, size_t codes) {
  std::fill(left_.begin(), left_.end(), 0);
  if (counts_.is_narrow()) {
    alignas(32) int16_t narrow_left[CodeCounts::kMostVectors * CodeCounts::kLanes];
    for (int lane = 0; lane < counts_.vectors() * CodeCounts::kLanes; lane += CodeCounts::kLanes) {
      __m256i sum = _mm256_setzero_si256();
      for (size_t i = 0; i < codes; ++i) {
        int16_t* const counts = counts_.narrow(counts_.codes()[i]) + lane;
        if (i < left_codes) sum = _mm256_add_epi16(sum, Load(counts));
        Clear(counts);
      }
      _mm256_store_si256(reinterpret_cast<__m256i*>(narrow_left + lane), sum);
    }
    std::copy(narrow_left, narrow_left + left_.size(), left_.begin());
  } else {
    for (size_t i = 0; i < codes; ++i) {
      uint32_t* const counts = counts_.wide(counts_.codes()[i]);
      for (size_t c = 0; c < left_.size(); ++c) {
        if (i < left_codes) left_[c] += counts[c];
        counts[c] = 0;
      }
    }
  }
  for (size_t c = 0; c < left_.size(); ++c) right_[c] = counts_.totals()[c] - left_[c];
}

// The cuts that leave min_samples_leaf rows on both sides: [first, end) of those above the i-th code. False when there
// is none.
bool ClassCutFinder::AllowedCuts(const uint8_t* column, size_t codes, size_t& first, size_t& end) {
  first = 0;
  end = codes - 1;
  if (min_samples_leaf_ == 1) return true;
  for (size_t i = 0; i < codes; ++i) rows_of_code_[counts_.codes()[i]] = 0;
  for (size_t i = 0; i < count_; ++i) ++rows_of_code_[column[samples_[i].row]];
  size_t left = rows_of_code_[counts_.codes()[0]];
  while (first < end && left < min_samples_leaf_) left += rows_of_code_[counts_.codes()[++first]];
  size_t right = rows_of_code_[counts_.codes()[end]];
  while (first < end && right < min_samples_leaf_) right += rows_of_code_[counts_.codes()[--end]];
  return first < end;
}

bool ClassCutFinder::LeavesEnough(const uint8_t* column, uint8_t low) const {
  size_t left = 0;
  for (size_t i = 0; i < count_; ++i) left += column[samples_[i].row] <= low;
  return left >= min_samples_leaf_ && count_ - left >= min_samples_leaf_;
}

}  // namespace parzen
