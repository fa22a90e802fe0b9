// Finds the best cut of one feature for the samples of one node.
//
// Classes are counted by code; the codes that occur are then walked in ascending order. The node's most common code is
// never counted: it has what the others leave of the node's totals. Counts are exact integers, so a score depends on
// the counts alone. Threads: externally synchronised; one a thread. Borrows the samples between Enter and the next
// Enter.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "worker/models/code_table.h"
#include "worker/models/tree_options.h"

namespace parzen {

// x * log2(x) for the integers up to a bound; empty when the criterion needs none.
std::vector<double> EntropyTable(Criterion criterion, int64_t largest);

// Samples with code <= low go left; high is the next code that occurs in the node.
struct Cut {
  double score = -std::numeric_limits<double>::infinity();
  int feature = -1;
  uint8_t low = 0;
  uint8_t high = 0;
};

class CutFinder {
 public:
  // `entropy_table` must reach the weight of every node, and outlive this.
  CutFinder(int classes, const TreeOptions& options, const std::vector<double>& entropy_table);

  void Enter(const Sample* samples, size_t count);
  uint32_t weight() const { return weight_; }
  const std::vector<uint32_t>& class_weights() const { return class_weights_; }
  bool pure() const { return pure_; }
  // Nothing scores higher: both sides are pure.
  bool IsPerfect(double score) const { return score >= perfect_score_; }

  // Raises `best` to this feature's best cut if that scores higher; among equals the lowest cut wins. False when the
  // samples agree in this feature. The score is higher the purer both sides are: for Gini, the sum over both sides of
  // (sum over classes of weight squared) / weight; for entropy, the sum of -(weight times entropy).
  bool Find(int feature, const uint8_t* column, uint8_t common_code, Cut& best);

 private:
  static constexpr int kCodes = 256;
  static constexpr int kLanes = 16;  // 16-bit counts in a vector

  static constexpr size_t kChunk = 1024;  // codes gathered at a time

  struct Counted {
    size_t uncommon_rows;
    size_t listed;
  };

  template <size_t kStride, bool kFew, typename Count>
  Counted CountCodes(const uint8_t* column, uint8_t common_code, Count* counts);
  size_t SortCodes(size_t listed);
  bool AllowedCuts(const uint8_t* column, size_t codes, size_t& first, size_t& end);
  void ScoreNarrow(size_t codes, uint8_t common_code, bool common_occurs);
  template <Criterion kCriterion>
  void ScoreWide(size_t codes, uint8_t common_code, bool common_occurs);

  const int classes_;
  const Criterion criterion_;
  const size_t min_samples_leaf_;
  const double* const entropy_table_;

  const Sample* samples_ = nullptr;
  size_t count_ = 0;
  uint32_t weight_ = 0;
  std::vector<uint32_t> class_weights_;
  bool pure_ = false;
  // Few classes and little weight: 16-bit counts, whose sums of squares fit 32 bits.
  bool narrow_ = false;
  double perfect_score_ = 0;

  alignas(32) int16_t narrow_totals_[kLanes];
  alignas(32) int16_t narrow_counts_[(kCodes + 1) * kLanes];  // zero between calls; the last stands for "no code"
  std::vector<uint32_t> wide_counts_;                         // codes x classes; zero between calls
  std::vector<uint32_t> wide_left_;
  alignas(32) uint8_t seen_[kCodes];  // zero between calls
  alignas(32) uint8_t chunk_[kChunk];
  uint16_t codes_[kCodes + 4];  // those that occur, ascending
  uint32_t rows_of_code_[kCodes];
  alignas(32) double scores_[kCodes + 4];  // of the cut above codes_[i]
};

}  // namespace parzen
