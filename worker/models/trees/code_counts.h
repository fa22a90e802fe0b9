// How often each class occurs at each code of one feature, among the samples of one node.
//
// A code that most rows have is never counted: it gets what the others leave of the node's totals, so a sparse feature
// costs as much as its rare codes. Counts are exact. Order of calls: Enter; then for each feature Count, after which
// the caller reads the counts of all codes() and zeroes them. Threads: externally synchronised; one a thread. Borrows
// the samples from Enter to the next Enter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/models/trees/code_table.h"

namespace parzen {

class CodeCounts {
 public:
  static constexpr int kLanes = 16;  // 16-bit counts in a vector
  static constexpr int kMostVectors = 2;

  explicit CodeCounts(int classes);

  // The node's samples; `by_row` has them (and perhaps others) at their rows, and bitmaps over the rows have `words`
  // words. `may_be_narrow`: 16-bit counts may be used.
  void Enter(const Sample* samples, size_t count, const Sample* by_row, size_t words, bool may_be_narrow);

  // Of the node.
  uint32_t weight() const { return weight_; }
  const std::vector<uint32_t>& totals() const { return totals_; }
  // Few classes and little weight: counts are in narrow(), else in wide(). Sums of squares then fit 31 bits.
  bool is_narrow() const { return is_narrow_; }
  // That a narrow code's counts fill, and the totals.
  int vectors() const { return vectors_; }
  const int16_t* narrow_totals() const { return narrow_totals_; }

  // Returns the number of different codes. When there is only one, all counts are zero.
  size_t Count(const CodeColumn& column);
  // Those that occur, ascending; then four more that do.
  const uint8_t* codes() const { return codes_; }
  int16_t* narrow(int code) { return narrow_counts_ + code * vectors_ * kLanes; }
  uint32_t* wide(int code) { return wide_counts_.data() + static_cast<size_t>(code) * totals_.size(); }

 private:
  static constexpr int kCodes = 256;
  static constexpr size_t kFewSamples = 64;
  static constexpr size_t kPicked = 1024;

  struct Tally {
    size_t samples = 0;  // with another code than the common one
    size_t listed = 0;   // different codes in codes_
  };
  template <size_t kStride, typename Weight>
  Tally CountAt(const CodeColumn& column, Weight* counts);
  template <size_t kStride, typename Weight>
  Tally CountFew(const CodeColumn& column, Weight* counts);
  template <size_t kStride, typename Weight>
  Tally CountMany(const CodeColumn& column, Weight* counts);
  size_t SortCodes(size_t listed);
  void FillCommon(uint8_t common_code, size_t codes);

  const Sample* samples_ = nullptr;
  size_t count_ = 0;
  const Sample* by_row_ = nullptr;
  std::vector<uint64_t> node_rows_;  // bit r: row r is in the node; only kept for many samples
  uint32_t weight_ = 0;
  std::vector<uint32_t> totals_;
  const int vectors_;
  bool is_narrow_ = false;

  alignas(32) int16_t narrow_totals_[kMostVectors * kLanes] = {};
  // Zero between features, like wide_counts_ and seen_.
  alignas(32) int16_t narrow_counts_[kCodes * kMostVectors * kLanes] = {};
  alignas(32) uint8_t seen_[kCodes] = {};
  std::vector<uint32_t> wide_counts_;  // codes x classes
  uint8_t codes_[kCodes + 4];
  uint32_t picked_[kPicked + 64 + 4];
};

}  // namespace parzen
