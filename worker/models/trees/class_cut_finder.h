// Cuts that part classes.
//
// The codes that occur are walked in ascending order, and every cut between two of them is scored from exact integer
// counts; so a score depends on the counts alone. Memory: 1 KiB a class.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/models/trees/class_impurity.h"
#include "worker/models/trees/code_counts.h"
#include "worker/models/trees/code_values.h"
#include "worker/models/trees/cut_finder.h"

namespace parzen {

class ClassCutFinder : public CutFinder {
 public:
  // `values`: finds random cuts between them; null: the best ones. Borrows both.
  ClassCutFinder(int classes, int min_samples_leaf, const ClassImpurity& impurity, const CodeValues* values = nullptr);

  void Enter(const Ground& ground, const Sample* samples, size_t count) override;
  double Weight() const override { return impurity_.Weight(counts_.totals()); }
  bool IsPure() const override { return counts_.totals()[samples_[0].label] == counts_.weight(); }
  double NodeScore() const override { return impurity_.Score(counts_.totals()); }
  bool IsPerfect(double score) const override { return score >= perfect_score_; }
  bool Find(int feature, double place, const CodeColumn& column, Cut& best) override;
  void MakeLeaf(uint32_t node, GrownTree& tree) const override;

 private:
  static constexpr int kCodes = 256;

  void FindBest(int feature, const CodeColumn& column, size_t codes, Cut& best);
  void FindRandom(int feature, double place, const CodeColumn& column, size_t codes, Cut& best);
  template <int kVectors>
  void ScoreNarrow(size_t codes);
  void ScorePlainGini(size_t codes);
  void ScoreWide(size_t codes);
  void Part(size_t left_codes, size_t codes);
  bool AllowedCuts(const uint8_t* column, size_t codes, size_t& first, size_t& end);
  bool LeavesEnough(const uint8_t* column, uint8_t low) const;

  const size_t min_samples_leaf_;
  const ClassImpurity& impurity_;
  const CodeValues* const values_;

  const Sample* samples_ = nullptr;
  size_t count_ = 0;
  double perfect_score_ = 0;
  CodeCounts counts_;
  std::vector<uint32_t> left_, right_;     // weight of each class on either side of the cut
  uint32_t rows_of_code_[kCodes];          // only of codes that occur
  alignas(32) double scores_[kCodes + 4];  // of the cut above the i-th code
};

}  // namespace parzen
