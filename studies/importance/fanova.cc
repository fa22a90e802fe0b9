// Functional ANOVA (Hutter, Hoos and Leyton-Brown, 2014): the share of a forest's variance over the space that each
// parameter explains alone, averaged over the trees that vary at all.
#include "studies/importance/importance.h"
#include "studies/importance/regression_forest.h"
#include "studies/importance/tree_marginals.h"

namespace parzen {
namespace {

absl::StatusOr<std::vector<double>> EvaluateFanova(const ImportanceData& data, const ImportanceSpec& spec,
                                                   uint64_t seed, const ImportanceProgress& progress) {
  if (data.target.size() < 2) return absl::InvalidArgumentError("fanova needs at least two trials");
  const Fanova& options = spec.fanova();
  const ForestData forest = MakeForestData(data);
  ForestGrower grower(forest, options.max_depth(), seed);
  std::vector<double> shares(forest.columns.size());
  double counted = 0;
  for (int32_t i = 0; i < options.trees(); ++i) {
    const TreeVariance variance = MarginalVariances(forest, grower.Grow(i));
    if (progress) progress((i + 1.0) / options.trees());
    if (!(variance.total > 0)) continue;
    for (size_t c = 0; c < shares.size(); ++c) shares[c] += variance.first_order[c] / variance.total;
    ++counted;
  }
  std::vector<double> amounts(data.columns.size());
  for (size_t c = 0; c < shares.size() && counted > 0; ++c) amounts[forest.columns[c].parameter] = shares[c] / counted;
  return amounts;
}

const bool registered = Registry<ImportanceEvaluator>::Global().Add("fanova", &EvaluateFanova);

}  // namespace
}  // namespace parzen
