#include "worker/binned_features.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>
#include <utility>

#include "tbb/blocked_range.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr int kMaxBins = 256;
// Features copied out of the row-major matrix at a time: a cache line of floats.
constexpr int kFeatureBlock = 16;

// Unsigned integers in the order of the floats (NaN after infinity, so that even it cannot break a sort). -0 and 0 are
// one.
uint32_t ToKey(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value + 0.0f);
  return bits ^ (bits >> 31 ? 0xffffffffu : 0x80000000u);
}

float FromKey(uint32_t key) { return std::bit_cast<float>(key ^ (key >> 31 ? 0x80000000u : 0xffffffffu)); }

// Half way between two neighbouring values; the lower one where rounding or infinity leaves nothing between.
float Between(uint32_t low_key, uint32_t high_key) {
  const float low = FromKey(low_key), high = FromKey(high_key);
  const float middle = static_cast<float>((static_cast<double>(low) + static_cast<double>(high)) / 2);
  return middle >= low && middle < high ? middle : low;
}

// The distinct keys of a column while they are few, with the code of each.
class FewValues {
 public:
  // False when there are more than 256.
  bool Collect(const std::vector<uint32_t>& keys) {
    used_.fill(false);
    values_.clear();
    uint32_t previous = ~keys[0];
    for (const uint32_t key : keys) {
      if (key == previous) continue;
      previous = key;
      const int slot = SlotOf(key);
      if (used_[slot]) continue;
      if (values_.size() == kMaxBins) return false;
      used_[slot] = true;
      keys_[slot] = key;
      values_.push_back(key);
    }
    std::sort(values_.begin(), values_.end());
    for (size_t code = 0; code < values_.size(); ++code) codes_[SlotOf(values_[code])] = static_cast<uint8_t>(code);
    return true;
  }

  // Ascending.
  const std::vector<uint32_t>& values() const { return values_; }

  void Encode(const std::vector<uint32_t>& keys, uint8_t* codes) const {
    uint32_t previous = keys[0];
    uint8_t code = codes_[SlotOf(previous)];
    for (size_t row = 0; row < keys.size(); ++row) {
      if (keys[row] != previous) {
        previous = keys[row];
        code = codes_[SlotOf(previous)];
      }
      codes[row] = code;
    }
  }

 private:
  static constexpr int kSlotBits = 11;  // eight slots a value: a search rarely takes a second step

  int SlotOf(uint32_t key) const {
    uint32_t slot = key * 0x9e3779b1u >> (32 - kSlotBits);
    while (used_[slot] && keys_[slot] != key) slot = (slot + 1) & ((1u << kSlotBits) - 1);
    return static_cast<int>(slot);
  }

  std::array<bool, 1 << kSlotBits> used_;
  std::array<uint32_t, 1 << kSlotBits> keys_;
  std::array<uint8_t, 1 << kSlotBits> codes_;
  std::vector<uint32_t> values_;
};

// Radix sort, eleven bits a pass.
void SortKeys(std::vector<uint32_t>& keys, std::vector<uint32_t>& scratch) {
  scratch.resize(keys.size());
  for (int shift = 0; shift < 32; shift += 11) {
    std::array<size_t, 2049> starts{};
    for (const uint32_t key : keys) ++starts[(key >> shift & 2047) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    for (const uint32_t key : keys) scratch[starts[key >> shift & 2047]++] = key;
    keys.swap(scratch);
  }
}

// The last key of every bin but the highest, and the key that follows it: bins of as equal a size as whole values
// allow.
std::vector<std::pair<uint32_t, uint32_t>> QuantileCuts(const std::vector<uint32_t>& sorted) {
  std::vector<std::pair<uint32_t, uint32_t>> cuts;
  size_t begin = 0;
  for (int bins_left = kMaxBins; bins_left > 1; --bins_left) {
    const size_t wanted = std::max<size_t>((sorted.size() - begin) / bins_left, 1);
    const auto end = std::upper_bound(sorted.begin() + begin, sorted.end(), sorted[begin + wanted - 1]);
    if (end == sorted.end()) break;
    cuts.emplace_back(end[-1], end[0]);
    begin = end - sorted.begin();
  }
  return cuts;
}

// The number of upper bounds that lie below `key`; `uppers` is filled up with the largest key to 255 entries.
uint8_t BinOf(const std::array<uint32_t, kMaxBins - 1>& uppers, uint32_t key) {
  int below = 0;
  for (int step = kMaxBins / 2; step > 0; step /= 2) below += uppers[below + step - 1] < key ? step : 0;
  return static_cast<uint8_t>(below);
}

// Working memory of one column.
class ColumnBinner {
 public:
  std::vector<float> Bin(std::vector<uint32_t>& keys, uint8_t* codes) {
    std::vector<float> thresholds;
    if (few_.Collect(keys)) {
      few_.Encode(keys, codes);
      const std::vector<uint32_t>& values = few_.values();
      for (size_t i = 1; i < values.size(); ++i) thresholds.push_back(Between(values[i - 1], values[i]));
      return thresholds;
    }
    sorted_ = keys;
    SortKeys(sorted_, scratch_);
    std::array<uint32_t, kMaxBins - 1> uppers;
    uppers.fill(~0u);
    for (const auto& [last, next] : QuantileCuts(sorted_)) {
      uppers[thresholds.size()] = last;
      thresholds.push_back(Between(last, next));
    }
    for (size_t row = 0; row < keys.size(); ++row) codes[row] = BinOf(uppers, keys[row]);
    return thresholds;
  }

 private:
  FewValues few_;
  std::vector<uint32_t> sorted_, scratch_;
};

}  // namespace

BinnedFeatures::BinnedFeatures(const FeatureMatrix& features)
    : rows_(features.rows()), codes_(features.rows() * features.cols()), thresholds_(features.cols()) {
  if (rows_ == 0) return;
  const int blocks = static_cast<int>((features.cols() + kFeatureBlock - 1) / kFeatureBlock);
  tbb::parallel_for(0, blocks, [&](int block) {
    const int64_t first = int64_t{block} * kFeatureBlock;
    const int64_t count = std::min<int64_t>(kFeatureBlock, features.cols() - first);
    std::vector<std::vector<uint32_t>> columns(count, std::vector<uint32_t>(rows_));
    for (int64_t row = 0; row < rows_; ++row) {
      const float* values = features.data() + row * features.cols() + first;
      for (int64_t i = 0; i < count; ++i) columns[i][row] = ToKey(values[i]);
    }
    ColumnBinner binner;
    for (int64_t i = 0; i < count; ++i) {
      thresholds_[first + i] = binner.Bin(columns[i], codes_.data() + (first + i) * rows_);
    }
  });
}

}  // namespace parzen
