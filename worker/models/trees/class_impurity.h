// How impure a group of rows is, from how often each class occurs among them. Threads: immutable.
#pragma once

#include <cstdint>
#include <vector>

#include "proto/train.pb.h"

namespace parzen {

class ClassImpurity {
 public:
  // `largest`: the most rows of a group, each as often as it was drawn. `class_weights`: what a row of each class
  // counts; empty: one.
  ClassImpurity(Criterion criterion, int64_t largest, std::vector<double> class_weights = {});

  // Gini with rows that count one: scores are ratios of integers, which need nothing of this class.
  bool IsPlainGini() const { return criterion_ == GINI && class_weights_.empty(); }
  bool IsWeighted() const { return !class_weights_.empty(); }

  // What the rows count together.
  double Weight(const std::vector<uint32_t>& counts) const;
  // Higher the purer: for Gini, (sum over classes of weight squared) / weight; for entropy, -(weight * entropy). Summed
  // in class order from exact counts, so it depends on them alone. Requires: the group is not empty.
  double Score(const std::vector<uint32_t>& counts) const;
  // What a row of this class counts.
  double weight(size_t label) const { return class_weights_.empty() ? 1 : class_weights_[label]; }

 private:
  double Gini(const std::vector<uint32_t>& counts) const;
  double Entropy(const std::vector<uint32_t>& counts) const;

  const Criterion criterion_;
  const std::vector<double> class_weights_;
  std::vector<double> times_log_;         // x * log2(x) of the integers up to `largest`; of entropy
  std::vector<double> weight_times_log_;  // the same of the class weights
};

}  // namespace parzen
