// Finds the best cut of one feature for the samples of one node.
//
// The codes that occur are walked in ascending order, and every cut between two of them is scored from exact integer
// counts; so a score depends on the counts alone. Threads: externally synchronised; one a thread. Borrows the samples
// between Enter and the next Enter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "worker/models/trees/code_counts.h"
#include "worker/models/trees/code_table.h"
#include "worker/models/trees/tree_options.h"

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

  // The node's samples; `by_row` has them (and perhaps others) at their rows, and bitmaps over the rows have `words`
  // words.
  void Enter(const Sample* samples, size_t count, const Sample* by_row, size_t words);
  uint32_t weight() const { return counts_.weight(); }
  const std::vector<uint32_t>& class_weights() const { return counts_.totals(); }
  bool pure() const { return class_weights()[samples_[0].label] == weight(); }
  // Nothing scores higher: both sides are pure.
  bool IsPerfect(double score) const { return score >= perfect_score_; }

  // Raises `best` to this feature's best cut if that scores higher; among equals the lowest cut wins. False when the
  // samples agree in this feature. The score is higher the purer both sides are: for Gini, the sum over both sides of
  // (sum over classes of weight squared) / weight; for entropy, the sum of -(weight times entropy).
  bool Find(int feature, const CodeColumn& column, Cut& best);

 private:
  static constexpr int kCodes = 256;

  void ScoreNarrow(size_t codes);
  template <typename SideSums>
  void ScoreWide(size_t codes, SideSums sums);
  bool AllowedCuts(const uint8_t* column, size_t codes, size_t& first, size_t& end);

  const Criterion criterion_;
  const size_t min_samples_leaf_;
  const double* const entropy_table_;

  const Sample* samples_ = nullptr;
  size_t count_ = 0;
  double perfect_score_ = 0;
  CodeCounts counts_;
  std::vector<uint32_t> left_;             // weight of each class left of the cut
  uint32_t rows_of_code_[kCodes];          // only of codes that occur
  alignas(32) double scores_[kCodes + 4];  // of the cut above the i-th code
};

}  // namespace parzen
