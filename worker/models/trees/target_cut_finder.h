// Cuts that lower the squared error of a regression.
//
// Targets are integers, so sums are exact and a score depends on the sums of both sides alone. Memory: 16 bytes a row
// of the largest node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/models/trees/code_values.h"
#include "worker/models/trees/cut_finder.h"
#include "worker/models/trees/scaled_targets.h"

namespace parzen {

class TargetCutFinder : public CutFinder {
 public:
  // `values`: finds random cuts between them; null: the best ones. Borrows both. Enter requires a ground with targets.
  TargetCutFinder(int min_samples_leaf, const ScaledTargets& targets, const CodeValues* values = nullptr)
      : min_samples_leaf_(min_samples_leaf), targets_(targets), values_(values) {}

  void Enter(const Ground& ground, const Sample* samples, size_t count) override;
  double Weight() const override { return static_cast<double>(total_.weight); }
  bool IsPure() const override { return is_pure_; }
  double NodeScore() const override { return 0; }
  bool IsPerfect(double) const override { return false; }
  bool Find(int feature, double place, const CodeColumn& column, Cut& best) override;
  void MakeLeaf(uint32_t node, GrownTree& tree) const override;

 private:
  static constexpr int kCodes = 256;

  struct Sum {
    int64_t target = 0;   // of the samples, each as often as it was drawn
    uint32_t weight = 0;  // how often they were drawn
    uint32_t rows = 0;

    void operator+=(const Sum& other) {
      target += other.target;
      weight += other.weight;
      rows += other.rows;
    }
  };

  size_t SumUp(const uint8_t* codes);
  void TryCut(const Sum& left, const Cut& cut, Cut& best) const;

  const size_t min_samples_leaf_;
  const ScaledTargets& targets_;
  const CodeValues* const values_;

  std::vector<uint32_t> rows_;  // of the node's samples
  std::vector<Sum> samples_;
  Sum total_;
  bool is_pure_ = false;
  Sum sums_[kCodes];       // of each code; zero between features
  uint8_t codes_[kCodes];  // those that occur, ascending
};

}  // namespace parzen
