// Regression trees over a study's trials (Breiman, 2001): what fANOVA and the mean decrease in impurity look at.
//
// Each tree is grown on a bootstrap sample by CART with squared error: at every node the best of all splits on all
// columns, down to single trials or a constant target. A column of categories is split into one category and the rest,
// which is what splits on one-hot columns are.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random_stream.h"
#include "studies/importance/importance.h"

namespace parzen {

// One parameter's values over all trials.
struct ForestColumn {
  size_t parameter = 0;  // index in ImportanceData::columns
  bool ordered = true;
  double low = 0;  // ordered: the range, in internal form, low < high
  double high = 0;
  int64_t categories = 0;     // unordered: how many there are, 2 or more
  std::vector<double> value;  // by trial, in internal form
};

// What of a study a forest can learn from.
struct ForestData {
  // Parameters that every trial has, with one domain all the time and more than one value; by name, so that the forest
  // does not depend on the order in which they came.
  std::vector<ForestColumn> columns;
  // By trial, brought to [-1, 1] so that no square overflows; all 0 when it is constant.
  std::vector<double> target;
};

ForestData MakeForestData(const ImportanceData& data);

struct TreeNode {
  int32_t column = -1;  // index in ForestData::columns; -1: a leaf
  // Left go the values that are at most this (ordered), or exactly this (unordered).
  double threshold = 0;
  int32_t left = -1;  // indices in RegressionTree::nodes
  int32_t right = -1;
  double value = 0;  // mean target of the node's trials
  // By how much the split lowers the sum of squared errors, as a share of the sample's size.
  double decrease = 0;
};

// The root is nodes[0]; children stand behind their parents.
struct RegressionTree {
  std::vector<TreeNode> nodes;
};

// Grows trees one by one: sorts the columns once, then partitions the sorted orders from node to node, so a tree costs
// O(columns x trials x depth). Threads: externally synchronised.
class ForestGrower {
 public:
  // `data` outlives the grower. Requires: at least two trials; max_depth >= 1.
  ForestGrower(const ForestData& data, int32_t max_depth, uint64_t seed);

  // Tree `number` of the forest; depends on data, max_depth, seed and number only.
  RegressionTree Grow(int64_t number);

 private:
  // Trials [begin, end) of every column's order belong to the node.
  struct Pending {
    int32_t node = 0;
    size_t begin = 0;
    size_t end = 0;
    int32_t depth = 0;
  };
  struct Split {
    int32_t column = -1;
    size_t begin = 0;  // of the column's order: what goes left
    size_t end = 0;
    double gain = 0;  // squared sums over weights, both sides
  };
  struct Sums {
    double weight = 0;
    double target = 0;  // weighted
  };

  void DrawSample(RandomStream& stream);
  Sums Sum(const Pending& pending) const;
  // Every trial of the node has the same target.
  bool IsConstant(const Pending& pending) const;
  // The best split; column -1 when no column has two values. Equal ones: of the column that comes first in a random
  // order.
  Split FindSplit(const Pending& pending, const Sums& total, RandomStream& stream);
  void TryOrdered(int32_t column, const Pending& pending, const Sums& total, Split& best) const;
  void TryCategories(int32_t column, const Pending& pending, const Sums& total, Split& best) const;
  double Threshold(const Split& split) const;
  // Brings what goes left to the front of every order; returns where the right begins.
  size_t Partition(const Pending& pending, const Split& split);

  const ForestData& data_;
  const int32_t max_depth_;
  const uint64_t seed_;
  std::vector<std::vector<int32_t>> sorted_;  // by column: all trials by value
  std::vector<std::vector<int32_t>> rank_;    // by column, by trial: equal for equal values, ascending
  // Of the tree that grows.
  std::vector<std::vector<int32_t>> order_;  // by column: the sample's trials by value, node by node
  std::vector<double> weight_;               // by trial: how often it was drawn
  std::vector<double> weighted_target_;      // by trial
  std::vector<char> goes_left_;              // by trial, of the split at hand
  std::vector<int32_t> right_;               // scratch of Partition
  std::vector<int32_t> visit_;               // columns in the order of FindSplit
};

}  // namespace parzen
