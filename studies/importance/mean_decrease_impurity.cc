// Mean decrease in impurity (Breiman, 2001, "Random Forests", section 10; Louppe et al., 2013): how much of a tree's
// decrease in squared error its splits on each parameter bring, averaged over the trees that split at all.
#include "studies/importance/importance.h"
#include "studies/importance/regression_forest.h"

namespace parzen {
namespace {

// Adds each column's share of one tree; false when the tree does not split.
bool AddShares(const RegressionTree& tree, std::vector<double>& shares) {
  std::vector<double> decrease(shares.size());
  double sum = 0;
  for (const TreeNode& node : tree.nodes) {
    if (node.column < 0) continue;
    decrease[node.column] += node.decrease;
    sum += node.decrease;
  }
  if (sum == 0) return false;
  for (size_t i = 0; i < shares.size(); ++i) shares[i] += decrease[i] / sum;
  return true;
}

absl::StatusOr<std::vector<double>> EvaluateMeanDecrease(const ImportanceData& data, const ImportanceSpec& spec,
                                                         uint64_t seed, const ImportanceProgress& progress) {
  if (data.target.size() < 2) {
    return absl::InvalidArgumentError("mean_decrease_impurity needs at least two trials");
  }
  const MeanDecreaseImpurity& options = spec.mean_decrease_impurity();
  const ForestData forest = MakeForestData(data);
  ForestGrower grower(forest, options.max_depth(), seed);
  std::vector<double> shares(forest.columns.size());
  double counted = 0;
  for (int32_t i = 0; i < options.trees(); ++i) {
    if (AddShares(grower.Grow(i), shares)) ++counted;
    if (progress) progress((i + 1.0) / options.trees());
  }
  std::vector<double> amounts(data.columns.size());
  for (size_t c = 0; c < shares.size() && counted > 0; ++c) amounts[forest.columns[c].parameter] = shares[c] / counted;
  return amounts;
}

const bool registered = Registry<ImportanceEvaluator>::Global().Add("mean_decrease_impurity", &EvaluateMeanDecrease);

}  // namespace
}  // namespace parzen
