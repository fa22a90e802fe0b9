#include "worker/models/trees/cut_finder.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>

namespace parzen {
namespace {

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
  double Score(const std::vector<uint32_t>&) const {
    return static_cast<double>(left_squares_) / static_cast<double>(left_weight_) +
           static_cast<double>(right_squares_) / static_cast<double>(right_weight_);
  }

 private:
  uint64_t left_squares_ = 0, right_squares_ = 0, left_weight_ = 0, right_weight_;
};

class EntropySums {
 public:
  EntropySums(const std::vector<uint32_t>& totals, uint32_t weight, const double* table)
      : totals_(totals), table_(table), right_weight_(weight) {}
  void Move(uint64_t weight, uint64_t, uint64_t) {
    left_weight_ += weight;
    right_weight_ -= weight;
  }
  // Summed afresh in class order: running floating-point sums would depend on the path.
  double Score(const std::vector<uint32_t>& left) const {
    double sum = 0;
    for (size_t c = 0; c < left.size(); ++c) sum += table_[left[c]] + table_[totals_[c] - left[c]];
    return sum - table_[left_weight_] - table_[right_weight_];
  }

 private:
  const std::vector<uint32_t>& totals_;
  const double* table_;
  uint64_t left_weight_ = 0, right_weight_;
};

}  // namespace

std::vector<double> EntropyTable(Criterion criterion, int64_t largest) {
  if (criterion != ENTROPY) return {};
  std::vector<double> table(largest + 1);
  for (int64_t x = 1; x <= largest; ++x) table[x] = static_cast<double>(x) * std::log2(static_cast<double>(x));
  return table;
}

CutFinder::CutFinder(int classes, const TreeOptions& options, const std::vector<double>& entropy_table)
    : criterion_(options.criterion),
      min_samples_leaf_(options.min_samples_leaf),
      entropy_table_(entropy_table.data()),
      counts_(classes),
      left_(classes) {}

void CutFinder::Enter(const Sample* samples, size_t count, const Sample* by_row, size_t words) {
  samples_ = samples;
  count_ = count;
  counts_.Enter(samples, count, by_row, words, criterion_ == GINI);
  perfect_score_ = criterion_ == GINI ? weight() : 0;
}

bool CutFinder::Find(int feature, const CodeColumn& column, Cut& best) {
  const size_t codes = counts_.Count(column);
  if (codes == 1) return false;
  if (counts_.is_narrow()) {
    ScoreNarrow(codes);
  } else if (criterion_ == GINI) {
    ScoreWide(codes, GiniSums(class_weights(), weight()));
  } else {
    ScoreWide(codes, EntropySums(class_weights(), weight(), entropy_table_));
  }
  size_t first, end;
  if (!AllowedCuts(column.codes, codes, first, end)) return true;
  for (size_t i = first; i < end; ++i) {
    if (scores_[i] > best.score) best = {scores_[i], feature, counts_.codes()[i], counts_.codes()[i + 1]};
  }
  return true;
}

// Fills scores_ and clears the counts, four cuts at a time.
void CutFinder::ScoreNarrow(size_t codes) {
  const __m256i totals = _mm256_load_si256(reinterpret_cast<const __m256i*>(counts_.narrow_totals()));
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256i total_squares[4] = {_mm256_madd_epi16(totals, totals), {}, {}, {}};
  const __m256d all_squares = _mm256_set1_pd(_mm_cvtsi128_si32(SumFour(total_squares)));
  const __m256d all_weight = _mm256_set1_pd(weight());
  __m256i left = _mm256_setzero_si256();
  for (size_t i = 0; i < codes; i += 4) {
    __m256i squares[4], products[4], weights[4];
    for (int j = 0; j < 4; ++j) {
      __m256i* const counts = reinterpret_cast<__m256i*>(counts_.narrow(counts_.codes()[i + j]));
      left = _mm256_add_epi16(left, _mm256_load_si256(counts));
      _mm256_store_si256(counts, _mm256_setzero_si256());
      squares[j] = _mm256_madd_epi16(left, left);
      products[j] = _mm256_madd_epi16(left, totals);
      weights[j] = _mm256_madd_epi16(left, ones);
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
template <typename SideSums>
void CutFinder::ScoreWide(size_t codes, SideSums sums) {
  const std::vector<uint32_t>& totals = class_weights();
  std::fill(left_.begin(), left_.end(), 0);
  for (size_t i = 0; i < codes; ++i) {
    uint32_t* const counts = counts_.wide(counts_.codes()[i]);
    for (size_t c = 0; c < totals.size(); ++c) {
      if (counts[c] == 0) continue;
      sums.Move(counts[c], left_[c], totals[c] - left_[c]);
      left_[c] += counts[c];
      counts[c] = 0;
    }
    scores_[i] = sums.Score(left_);
  }
}

// The cuts that leave min_samples_leaf rows on both sides: [first, end) of those above the i-th code. False when there
// is none.
bool CutFinder::AllowedCuts(const uint8_t* column, size_t codes, size_t& first, size_t& end) {
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

}  // namespace parzen
