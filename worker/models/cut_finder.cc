#include "worker/models/cut_finder.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace parzen {
namespace {

// Weights below this square to less than 2^30, so that 32-bit sums over a node are exact.
constexpr uint32_t kNarrowWeight = 1 << 15;
// So many samples or fewer are likely to have few codes.
constexpr size_t kFewSamples = 128;

__m256i Load(const void* from) { return _mm256_load_si256(static_cast<const __m256i*>(from)); }

void Clear(void* to) { _mm256_store_si256(static_cast<__m256i*>(to), _mm256_setzero_si256()); }

// Bit i: codes[i] differs from `common`.
uint64_t Uncommon(const uint8_t* codes, __m256i common) {
  const uint32_t low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(Load(codes), common));
  const uint32_t high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(Load(codes + 32), common));
  return ~(uint64_t{high} << 32 | low);
}

// The sums of four vectors of eight 32-bit numbers.
__m128i SumFour(const __m256i (&v)[4]) {
  const __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(v[0], v[1]), _mm256_hadd_epi32(v[2], v[3]));
  return _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

// Running sums of one criterion while classes move from the right side to the left.
template <Criterion kCriterion>
class SideSums;

template <>
class SideSums<GINI> {
 public:
  SideSums(const std::vector<uint32_t>& totals, uint32_t weight, const double*) : right_weight_(weight) {
    for (const uint64_t total : totals) right_squares_ += total * total;
  }
  void Move(uint64_t weight, uint64_t left, uint64_t right) {
    left_squares_ += weight * (2 * left + weight);
    right_squares_ -= weight * (2 * right - weight);
    left_weight_ += weight;
    right_weight_ -= weight;
  }
  double Score(const uint32_t*, const std::vector<uint32_t>&) const {
    return static_cast<double>(left_squares_) / static_cast<double>(left_weight_) +
           static_cast<double>(right_squares_) / static_cast<double>(right_weight_);
  }

 private:
  uint64_t left_squares_ = 0, right_squares_ = 0, left_weight_ = 0, right_weight_;
};

template <>
class SideSums<ENTROPY> {
 public:
  SideSums(const std::vector<uint32_t>&, uint32_t weight, const double* table) : table_(table), right_weight_(weight) {}
  void Move(uint64_t weight, uint64_t, uint64_t) {
    left_weight_ += weight;
    right_weight_ -= weight;
  }
  // Summed afresh in class order: running floating-point sums would depend on the path.
  double Score(const uint32_t* left, const std::vector<uint32_t>& totals) const {
    double sum = 0;
    for (size_t c = 0; c < totals.size(); ++c) sum += table_[left[c]] + table_[totals[c] - left[c]];
    return sum - table_[left_weight_] - table_[right_weight_];
  }

 private:
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
    : classes_(classes),
      criterion_(options.criterion),
      min_samples_leaf_(options.min_samples_leaf),
      entropy_table_(entropy_table.data()),
      class_weights_(classes),
      wide_counts_(static_cast<size_t>(kCodes) * classes),
      wide_left_(classes) {
  std::memset(narrow_totals_, 0, sizeof(narrow_totals_));
  std::memset(narrow_counts_, 0, sizeof(narrow_counts_));
  std::memset(seen_, 0, sizeof(seen_));
}

void CutFinder::Enter(const Sample* samples, size_t count) {
  samples_ = samples;
  count_ = count;
  weight_ = 0;
  std::fill(class_weights_.begin(), class_weights_.end(), 0);
  for (size_t i = 0; i < count; ++i) {
    class_weights_[samples[i].label] += samples[i].weight;
    weight_ += samples[i].weight;
  }
  pure_ = class_weights_[samples[0].label] == weight_;
  narrow_ = criterion_ == GINI && classes_ <= kLanes && weight_ < kNarrowWeight;
  if (narrow_) std::copy(class_weights_.begin(), class_weights_.end(), narrow_totals_);
  perfect_score_ = criterion_ == GINI ? weight_ : 0;
}

// Counts the weight of every (code, class) but for the common code, marks the codes in seen_, and of few samples lists
// them in codes_, in order of appearance. `counts` has kStride classes a code; 0 stands for classes_.
template <size_t kStride, bool kFew, typename Count>
CutFinder::Counted CutFinder::CountCodes(const uint8_t* column, uint8_t common_code, Count* counts) {
  const size_t stride = kStride == 0 ? classes_ : kStride;
  const __m256i common = _mm256_set1_epi8(static_cast<char>(common_code));
  size_t uncommon_rows = 0, codes = 0;
  for (size_t first = 0; first < count_; first += kChunk) {
    const Sample* chunk = samples_ + first;
    const size_t size = std::min(kChunk, count_ - first);
    // The last group of 64 is filled up with the common code, which is not counted.
    uint8_t* last_group = chunk_ + (size - 1) / 64 * 64;
    _mm256_store_si256(reinterpret_cast<__m256i*>(last_group), common);
    _mm256_store_si256(reinterpret_cast<__m256i*>(last_group + 32), common);
    for (size_t i = 0; i < size; ++i) chunk_[i] = column[chunk[i].row];
    for (size_t group = 0; group < size; group += 64) {
      const uint64_t uncommon = Uncommon(chunk_ + group, common);
      uncommon_rows += std::popcount(uncommon);
      for (uint64_t rest = uncommon; rest != 0; rest &= rest - 1) {
        const size_t i = group + std::countr_zero(rest);
        const size_t code = chunk_[i];
        counts[code * stride + chunk[i].label] += static_cast<Count>(chunk[i].weight);
        if constexpr (kFew) {
          codes_[codes] = static_cast<uint16_t>(code);
          codes += 1 - size_t{seen_[code]};
        }
        seen_[code] = 1;
      }
    }
  }
  return {uncommon_rows, codes};
}

// Fills codes_ with the codes marked in seen_, ascending, and clears seen_. `listed`: how many of them codes_ has
// already.
size_t CutFinder::SortCodes(size_t listed) {
  if (listed > 0 && listed <= 16) {
    // A code's place is the number of smaller ones: no branch to mispredict in the many small nodes.
    alignas(16) uint8_t list[16];
    for (size_t i = 0; i < 16; ++i) list[i] = static_cast<uint8_t>(codes_[i]);
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(list));
    const uint32_t used = (1u << listed) - 1;
    for (size_t i = 0; i < listed; ++i) {
      const __m128i one = _mm_set1_epi8(static_cast<char>(list[i]));
      const uint32_t not_smaller = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(all, one), all));
      codes_[std::popcount(~not_smaller & used)] = list[i];
      seen_[list[i]] = 0;
    }
    return listed;
  }
  size_t codes = 0;
  for (int first = 0; first < kCodes; first += 32) {
    uint32_t seen = _mm256_movemask_epi8(_mm256_cmpgt_epi8(Load(seen_ + first), _mm256_setzero_si256()));
    Clear(seen_ + first);
    for (; seen != 0; seen &= seen - 1) codes_[codes++] = static_cast<uint16_t>(first + std::countr_zero(seen));
  }
  return codes;
}

// The cuts that leave min_samples_leaf rows on both sides: [first, end) of those above codes_[i]. False when there is
// none.
bool CutFinder::AllowedCuts(const uint8_t* column, size_t codes, size_t& first, size_t& end) {
  first = 0;
  end = codes - 1;
  if (min_samples_leaf_ == 1) return true;
  for (size_t i = 0; i < codes; ++i) rows_of_code_[codes_[i]] = 0;
  for (size_t i = 0; i < count_; ++i) ++rows_of_code_[column[samples_[i].row]];
  size_t left = rows_of_code_[codes_[0]];
  while (first < end && left < min_samples_leaf_) left += rows_of_code_[codes_[++first]];
  size_t right = rows_of_code_[codes_[end]];
  while (first < end && right < min_samples_leaf_) right += rows_of_code_[codes_[--end]];
  return first < end;
}

bool CutFinder::Find(int feature, const uint8_t* column, uint8_t common_code, Cut& best) {
  const bool few = count_ <= kFewSamples;
  const Counted counted = !narrow_ ? CountCodes<0, false>(column, common_code, wide_counts_.data())
                          : few    ? CountCodes<kLanes, true>(column, common_code, narrow_counts_)
                                   : CountCodes<kLanes, false>(column, common_code, narrow_counts_);
  if (counted.uncommon_rows == 0) return false;
  const bool common_occurs = counted.uncommon_rows < count_;
  seen_[common_code] = common_occurs;
  size_t listed = counted.listed;
  if (listed > 0 && common_occurs) codes_[listed++] = common_code;
  const size_t codes = SortCodes(listed);
  if (narrow_) {
    ScoreNarrow(codes, common_code, common_occurs);
  } else if (criterion_ == GINI) {
    ScoreWide<GINI>(codes, common_code, common_occurs);
  } else {
    ScoreWide<ENTROPY>(codes, common_code, common_occurs);
  }
  if (codes == 1) return false;
  size_t first, end;
  if (!AllowedCuts(column, codes, first, end)) return true;
  for (size_t i = first; i < end; ++i) {
    if (scores_[i] > best.score) {
      best = {scores_[i], feature, static_cast<uint8_t>(codes_[i]), static_cast<uint8_t>(codes_[i + 1])};
    }
  }
  return true;
}

// Fills scores_ and clears the counts, four cuts at a time.
void CutFinder::ScoreNarrow(size_t codes, uint8_t common_code, bool common_occurs) {
  const __m256i totals = Load(narrow_totals_);
  if (common_occurs) {
    __m256i counted = _mm256_setzero_si256();
    for (size_t i = 0; i < codes; ++i) counted = _mm256_add_epi16(counted, Load(narrow_counts_ + codes_[i] * kLanes));
    _mm256_store_si256(reinterpret_cast<__m256i*>(narrow_counts_ + common_code * kLanes),
                       _mm256_sub_epi16(totals, counted));
  }
  for (int i = 0; i < 4; ++i) codes_[codes + i] = kCodes;
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i total_squares[4] = {_mm256_madd_epi16(totals, totals), {}, {}, {}};
  const __m256d all_squares = _mm256_set1_pd(_mm_cvtsi128_si32(SumFour(total_squares)));
  const __m256d all_weight = _mm256_set1_pd(weight_);
  __m256i left = _mm256_setzero_si256();
  for (size_t i = 0; i < codes; i += 4) {
    __m256i squares[4], products[4], weights[4];
    for (int j = 0; j < 4; ++j) {
      int16_t* counts = narrow_counts_ + codes_[i + j] * kLanes;
      left = _mm256_add_epi16(left, Load(counts));
      Clear(counts);
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
template <Criterion kCriterion>
void CutFinder::ScoreWide(size_t codes, uint8_t common_code, bool common_occurs) {
  if (common_occurs) {
    uint32_t* common = wide_counts_.data() + static_cast<size_t>(common_code) * classes_;
    std::copy(class_weights_.begin(), class_weights_.end(), common);
    for (size_t i = 0; i < codes; ++i) {
      if (codes_[i] == common_code) continue;
      const uint32_t* counts = wide_counts_.data() + static_cast<size_t>(codes_[i]) * classes_;
      for (int c = 0; c < classes_; ++c) common[c] -= counts[c];
    }
  }
  std::fill(wide_left_.begin(), wide_left_.end(), 0);
  SideSums<kCriterion> sums(class_weights_, weight_, entropy_table_);
  for (size_t i = 0; i < codes; ++i) {
    uint32_t* counts = wide_counts_.data() + static_cast<size_t>(codes_[i]) * classes_;
    for (int c = 0; c < classes_; ++c) {
      if (counts[c] == 0) continue;
      sums.Move(counts[c], wide_left_[c], class_weights_[c] - wide_left_[c]);
      wide_left_[c] += counts[c];
      counts[c] = 0;
    }
    scores_[i] = sums.Score(wide_left_.data(), class_weights_);
  }
}

}  // namespace parzen
