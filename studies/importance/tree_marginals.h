// The variance of a regression tree over the whole space, and of its marginal over each parameter (Hutter, Hoos and
// Leyton-Brown, 2014, "An Efficient Approach for Assessing Hyperparameter Importance", algorithm 2).
//
// Every value of a range counts alike (of the value itself, not of its logarithm), and every category of a parameter
// alike: a point has exactly one category, so the combinations of one-hot columns that no trial can have do not count.
#pragma once

#include <vector>

#include "studies/importance/regression_forest.h"

namespace parzen {

struct TreeVariance {
  double total = 0;
  std::vector<double> first_order;  // by column: of the mean prediction given this column's value
};

// Costs O(leaves x columns + nodes log nodes): each leaf adds its value to a run of cells of each column, as two
// differences, and one sweep over the cells sums them.
TreeVariance MarginalVariances(const ForestData& data, const RegressionTree& tree);

}  // namespace parzen
