#include "worker/models/trees/code_counts.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>

namespace parzen {
namespace {

// Weights below this square to less than 2^30, so that 32-bit sums over a node are exact.
constexpr uint32_t kNarrowWeight = 1 << 15;
constexpr int kMostRanked = 16;

__m256i Load(const void* from) { return _mm256_load_si256(static_cast<const __m256i*>(from)); }

void Store(void* to, __m256i value) { _mm256_store_si256(static_cast<__m256i*>(to), value); }

// Bit i: codes[i] differs from `common`.
uint64_t Uncommon(const uint8_t* codes, __m256i common) {
  const uint32_t low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(Load(codes), common));
  const uint32_t high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(Load(codes + 32), common));
  return ~(uint64_t{high} << 32 | low);
}

// Writes base + the place of each bit and returns their number; may write up to four more. Four at a time without
// asking: a wrong guess about the next bit costs more.
template <typename Number>
size_t AppendBits(uint64_t bits, Number base, Number* out) {
  const size_t count = std::popcount(bits);
  size_t written = 0;
  do {
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      out[written++] = static_cast<Number>(base + std::countr_zero(bits));
      bits &= bits - 1;
    }
  } while (written < count);
  return count;
}

}  // namespace

CodeCounts::CodeCounts(int classes)
    : totals_(classes),
      vectors_(classes <= kLanes ? 1 : kMostVectors),
      wide_counts_(static_cast<size_t>(kCodes) * classes) {}

void CodeCounts::Enter(const Sample* samples, size_t count, const Sample* by_row, size_t words, bool may_be_narrow) {
  samples_ = samples;
  count_ = count;
  by_row_ = by_row;
  weight_ = 0;
  std::fill(totals_.begin(), totals_.end(), 0);
  for (size_t i = 0; i < count; ++i) {
    totals_[samples[i].label] += samples[i].weight;
    weight_ += samples[i].weight;
  }
  is_narrow_ = may_be_narrow && totals_.size() <= kMostVectors * kLanes && weight_ < kNarrowWeight;
  if (is_narrow_) std::copy(totals_.begin(), totals_.end(), narrow_totals_);
  if (count <= kFewSamples) return;
  node_rows_.assign(words, 0);
  for (size_t i = 0; i < count; ++i) node_rows_[samples[i].row / 64] |= uint64_t{1} << samples[i].row % 64;
}

size_t CodeCounts::Count(const CodeColumn& column) {
  const Tally tally = !is_narrow_     ? CountAt<0>(column, wide_counts_.data())
                      : vectors_ == 1 ? CountAt<kLanes>(column, narrow_counts_)
                                      : CountAt<kMostVectors * kLanes>(column, narrow_counts_);
  if (tally.samples == 0) return 1;
  const bool common_occurs = tally.samples < count_;
  size_t listed = tally.listed;
  if (common_occurs) {
    seen_[column.common_code] = 1;
    codes_[listed] = column.common_code;
    listed += count_ <= kFewSamples;
  }
  const size_t codes = SortCodes(listed);
  if (codes == 1) {
    std::fill_n(narrow(codes_[0]), vectors_ * kLanes, 0);
    std::fill_n(wide(codes_[0]), totals_.size(), 0);
    return 1;
  }
  if (common_occurs) FillCommon(column.common_code, codes);
  for (size_t i = 0; i < 4; ++i) codes_[codes + i] = codes_[0];
  return codes;
}

// kStride: counts a code; 0: as many as classes.
template <size_t kStride, typename Weight>
CodeCounts::Tally CodeCounts::CountAt(const CodeColumn& column, Weight* counts) {
  return count_ <= kFewSamples ? CountFew<kStride>(column, counts) : CountMany<kStride>(column, counts);
}

// Looks at every sample's code, and lists the codes in order of appearance.
template <size_t kStride, typename Weight>
CodeCounts::Tally CodeCounts::CountFew(const CodeColumn& column, Weight* counts) {
  const size_t stride = kStride == 0 ? totals_.size() : kStride;
  alignas(32) uint8_t codes[kFewSamples];
  const __m256i common = _mm256_set1_epi8(static_cast<char>(column.common_code));
  Store(codes, common);
  Store(codes + 32, common);
  for (size_t i = 0; i < count_; ++i) codes[i] = column.codes[samples_[i].row];
  const uint64_t uncommon = Uncommon(codes, common);
  size_t listed = 0;
  for (uint64_t rest = uncommon; rest != 0; rest &= rest - 1) {
    const int i = std::countr_zero(rest);
    const size_t code = codes[i];
    counts[code * stride + samples_[i].label] += static_cast<Weight>(samples_[i].weight);
    codes_[listed] = static_cast<uint8_t>(code);
    listed += 1 - size_t{seen_[code]};
    seen_[code] = 1;
  }
  return {static_cast<size_t>(std::popcount(uncommon)), listed};
}

// Looks at the node's uncommon codes alone, found in bitmaps.
template <size_t kStride, typename Weight>
CodeCounts::Tally CodeCounts::CountMany(const CodeColumn& column, Weight* counts) {
  const size_t stride = kStride == 0 ? totals_.size() : kStride;
  const size_t words = node_rows_.size();
  const uint64_t* const node_rows = node_rows_.data();
  const uint64_t* const uncommon = column.uncommon;
  const uint8_t* const codes = column.codes;
  const Sample* const by_row = by_row_;
  size_t samples = 0;
  for (size_t word = 0; word < words;) {
    size_t picked = 0;
    for (; word < words && picked < kPicked; ++word) {
      const uint64_t rows = node_rows[word] & uncommon[word];
      picked += AppendBits(rows, static_cast<uint32_t>(word * 64), picked_ + picked);
    }
    for (size_t i = 0; i < picked; ++i) {
      const size_t code = codes[picked_[i]];
      const Sample& sample = by_row[picked_[i]];
      counts[code * stride + sample.label] += static_cast<Weight>(sample.weight);
      seen_[code] = 1;
    }
    samples += picked;
  }
  return {samples, 0};
}

// Fills codes_ with the codes marked in seen_, ascending, and clears seen_. `listed`: how many codes_ has already; 0:
// none.
size_t CodeCounts::SortCodes(size_t listed) {
  if (listed > 0 && listed <= kMostRanked) {
    // A code's place is the number of smaller ones: no branch to mispredict in the many small nodes.
    const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes_));
    alignas(16) uint8_t list[kMostRanked];
    _mm_store_si128(reinterpret_cast<__m128i*>(list), all);
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
  for (int first = 0; first < kCodes; first += 64) {
    const __m256i none = _mm256_setzero_si256();
    const uint64_t seen = Uncommon(seen_ + first, none);
    Store(seen_ + first, none);
    Store(seen_ + first + 32, none);
    codes += AppendBits(seen, static_cast<uint8_t>(first), codes_ + codes);
  }
  return codes;
}

// The common code has what the others leave.
void CodeCounts::FillCommon(uint8_t common_code, size_t codes) {
  if (is_narrow_) {
    for (int lane = 0; lane < vectors_ * kLanes; lane += kLanes) {
      __m256i left = Load(narrow_totals_ + lane);
      for (size_t i = 0; i < codes; ++i) left = _mm256_sub_epi16(left, Load(narrow(codes_[i]) + lane));
      Store(narrow(common_code) + lane, left);
    }
    return;
  }
  uint32_t* const left = wide(common_code);
  std::copy(totals_.begin(), totals_.end(), left);
  for (size_t i = 0; i < codes; ++i) {
    if (codes_[i] == common_code) continue;
    const uint32_t* counts = wide(codes_[i]);
    for (size_t c = 0; c < totals_.size(); ++c) left[c] -= counts[c];
  }
}

}  // namespace parzen
