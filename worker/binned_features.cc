#include "worker/binned_features.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <utility>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr int kMaxBins = 256;
// Features copied out of the row-major matrix at a time, and rows: tiles whose cache lines are used to the full.
constexpr int kFeatureBlock = 64;
constexpr int kRowTile = 16;

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

// The distinct keys of a column while they are few, with the code of each: a hash table that is probed linearly.
class FewValues {
 public:
  // False when there are more than 256.
  bool Collect(const uint32_t* keys, int64_t count) {
    // An unused slot holds a key that belongs elsewhere, so that "the key is at home" is one comparison.
    slots_.fill({0, 0});
    slots_[Home(0)].key = 1;
    used_.fill(false);
    values_.clear();
    for (int64_t i = 0; i < count; ++i) {
      if (slots_[Home(keys[i])].key == keys[i]) continue;
      const uint32_t slot = SlotOf(keys[i]);
      if (used_[slot]) continue;
      if (values_.size() == kMaxBins) return false;
      used_[slot] = true;
      slots_[slot].key = keys[i];
      values_.push_back(keys[i]);
    }
    std::sort(values_.begin(), values_.end());
    for (size_t code = 0; code < values_.size(); ++code) slots_[SlotOf(values_[code])].code = code;
    return true;
  }

  // Ascending.
  const std::vector<uint32_t>& values() const { return values_; }

  // Requires: the keys are those collected.
  void Encode(const uint32_t* keys, int64_t count, uint8_t* codes) const {
    for (int64_t i = 0; i < count; ++i) {
      const Slot& home = slots_[Home(keys[i])];
      codes[i] = static_cast<uint8_t>(home.key == keys[i] ? home.code : slots_[SlotOf(keys[i])].code);
    }
  }

 private:
  static constexpr int kSlotBits = 11;  // eight slots a value: most keys are at home
  struct Slot {
    uint32_t key, code;
  };

  static uint32_t Home(uint32_t key) { return key * 0x9e3779b1u >> (32 - kSlotBits); }
  uint32_t SlotOf(uint32_t key) const {
    uint32_t slot = Home(key);
    while (used_[slot] && slots_[slot].key != key) slot = (slot + 1) % (1u << kSlotBits);
    return slot;
  }

  std::array<Slot, 1 << kSlotBits> slots_;
  std::array<bool, 1 << kSlotBits> used_;
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

// One thread's working memory.
class ColumnBinner {
 public:
  // Copies up to kFeatureBlock features from `first` on, as keys.
  void Load(const FeatureRef& features, int64_t first, int64_t count) {
    rows_ = features.rows();
    keys_.resize(kFeatureBlock * Stride());
    for (int64_t begin = 0; begin < rows_; begin += kRowTile) {
      const int64_t end = std::min(begin + kRowTile, rows_);
      const float* tile = features.data() + begin * features.outerStride() + first;
      for (int64_t i = 0; i < count; ++i) {
        uint32_t* keys = keys_.data() + i * Stride();
        for (int64_t row = begin; row < end; ++row) keys[row] = ToKey(tile[(row - begin) * features.outerStride() + i]);
      }
    }
  }

  // Bins the i-th loaded feature into `codes`, and returns its thresholds.
  std::vector<float> Bin(int64_t i, uint8_t* codes) {
    const uint32_t* keys = keys_.data() + i * Stride();
    std::vector<float> thresholds;
    if (few_.Collect(keys, rows_)) {
      few_.Encode(keys, rows_, codes);
      const std::vector<uint32_t>& values = few_.values();
      for (size_t v = 1; v < values.size(); ++v) thresholds.push_back(Between(values[v - 1], values[v]));
      return thresholds;
    }
    sorted_.assign(keys, keys + rows_);
    SortKeys(sorted_, scratch_);
    std::array<uint32_t, kMaxBins - 1> uppers;
    uppers.fill(~0u);
    for (const auto& [last, next] : QuantileCuts(sorted_)) {
      uppers[thresholds.size()] = last;
      thresholds.push_back(Between(last, next));
    }
    for (int64_t row = 0; row < rows_; ++row) codes[row] = BinOf(uppers, keys[row]);
    return thresholds;
  }

 private:
  // A cache line more than the rows: columns a power of two apart would compete for the same cache sets.
  int64_t Stride() const { return rows_ + 16; }

  int64_t rows_ = 0;
  std::vector<uint32_t> keys_;  // kFeatureBlock columns
  std::vector<uint32_t> sorted_, scratch_;
  FewValues few_;
};

}  // namespace

BinnedFeatures::BinnedFeatures(const FeatureRef& features)
    : own_codes_(features.rows() * features.cols()), rows_(features.rows()) {
  std::vector<std::vector<float>> thresholds(features.cols());
  tbb::enumerable_thread_specific<ColumnBinner> binners;
  const int64_t blocks = rows_ == 0 ? 0 : (features.cols() + kFeatureBlock - 1) / kFeatureBlock;
  tbb::parallel_for(int64_t{0}, blocks, [&](int64_t block) {
    const int64_t first = block * kFeatureBlock;
    const int64_t count = std::min<int64_t>(kFeatureBlock, features.cols() - first);
    ColumnBinner& binner = binners.local();
    binner.Load(features, first, count);
    for (int64_t i = 0; i < count; ++i) {
      thresholds[first + i] = binner.Bin(i, own_codes_.data() + (first + i) * rows_);
    }
  });
  own_starts_.push_back(0);
  for (const std::vector<float>& of_feature : thresholds) {
    own_thresholds_.insert(own_thresholds_.end(), of_feature.begin(), of_feature.end());
    own_starts_.push_back(static_cast<int64_t>(own_thresholds_.size()));
  }
  codes_ = own_codes_;
  thresholds_ = own_thresholds_;
  starts_ = own_starts_;
}

}  // namespace parzen
