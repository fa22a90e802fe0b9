// PED-ANOVA (Watanabe, Bansal and Hutter, 2023, "PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in
// Arbitrary Subspaces", algorithm 1), with parameters that come and go as in its conditional form (arXiv 2601.20800,
// theorem 4.2): each domain of a parameter is a regime of its own, weighted by the chances of the best trials (alpha)
// and of all trials (beta) to be in it.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "studies/importance/grid_density.h"
#include "studies/importance/importance.h"

namespace parzen {
namespace {

// Regimes with fewer trials have no density worth the name.
constexpr size_t kFewestTrials = 2;
// Keeps quotients of densities finite.
constexpr double kSmallestDensity = 1e-12;

// The best ceil(quantile n) trials, and all that are as good as the last of them.
struct BestTrials {
  std::vector<bool> is_best;  // by trial
  double count = 0;
};

BestTrials SelectBest(const std::vector<double>& target, double quantile) {
  std::vector<double> sorted = target;
  const double wanted = std::ceil(quantile * static_cast<double>(target.size()));
  const auto last = sorted.begin() + (static_cast<std::ptrdiff_t>(wanted) - 1);
  std::nth_element(sorted.begin(), last, sorted.end());
  BestTrials best;
  for (const double value : target) {
    best.is_best.push_back(value <= *last);
    best.count += value <= *last ? 1 : 0;
  }
  return best;
}

// Pearson's divergence of the best trials' density from the region's (PED-ANOVA, equation 8), a sum over the grid.
double Divergence(const std::vector<double>& best, const std::vector<double>& region) {
  double sum = 0;
  for (size_t i = 0; i < best.size(); ++i) {
    const double difference = (best[i] + kSmallestDensity) / region[i] - 1;
    sum += region[i] * difference * difference;
  }
  return sum;
}

class Evaluation {
 public:
  Evaluation(const std::vector<double>& target, const PedAnova& options)
      : best_(SelectBest(target, options.target_quantile())),
        region_(SelectBest(target, options.region_quantile())),
        local_(options.evaluate_on_local()) {}

  double Evaluate(const ImportanceColumn& column) const {
    std::vector<std::vector<size_t>> trials(column.domains.size());  // of the region, by regime
    for (size_t i = 0; i < column.domain.size(); ++i) {
      if (column.domain[i] >= 0 && region_.is_best[i]) trials[static_cast<size_t>(column.domain[i])].push_back(i);
    }
    double sum = 0;
    for (size_t regime = 0; regime < trials.size(); ++regime) {
      const Axis& axis = column.domains[regime];
      if (trials[regime].size() < kFewestTrials || axis.single()) continue;
      sum += EvaluateRegime(axis, column.value, trials[regime]);
    }
    const double quantile = best_.count / region_.count;
    return quantile * quantile * sum;
  }

 private:
  double EvaluateRegime(const Axis& axis, const std::vector<double>& value, const std::vector<size_t>& trials) const {
    const ValueGrid grid(axis);
    std::vector<double> best(grid.size());
    std::vector<double> region(grid.size());
    double best_trials = 0;
    for (const size_t i : trials) {
      const size_t place = grid.PlaceOf(value[i]);
      ++region[place];
      if (!best_.is_best[i]) continue;
      ++best[place];
      ++best_trials;
    }
    if (best_trials == 0) return 0;
    const double alpha = best_trials / best_.count;
    const double beta = static_cast<double>(trials.size()) / region_.count;
    return alpha * alpha / beta * Divergence(GridDensity(best, axis.ordered()), Baseline(region, axis.ordered()));
  }

  std::vector<double> Baseline(const std::vector<double>& counts, bool ordered) const {
    if (!local_) return std::vector<double>(counts.size(), 1 / static_cast<double>(counts.size()));
    std::vector<double> density = GridDensity(counts, ordered);
    for (double& place : density) place += kSmallestDensity;
    return density;
  }

  const BestTrials best_;
  const BestTrials region_;
  const bool local_;
};

absl::StatusOr<std::vector<double>> EvaluatePedAnova(const ImportanceData& data, const ImportanceSpec& spec, uint64_t,
                                                     const ImportanceProgress&) {
  const PedAnova& options = spec.ped_anova();
  if (data.target.size() < 2) return absl::InvalidArgumentError("ped_anova needs at least two trials");
  if (options.target_quantile() >= options.region_quantile()) {
    return absl::InvalidArgumentError(absl::StrCat("ped_anova.target_quantile (", options.target_quantile(),
                                                   ") must be below region_quantile (", options.region_quantile(),
                                                   ")"));
  }
  const Evaluation evaluation(data.target, options);
  std::vector<double> amounts;
  for (const ImportanceColumn& column : data.columns) amounts.push_back(evaluation.Evaluate(column));
  return amounts;
}

const bool registered = Registry<ImportanceEvaluator>::Global().Add("ped_anova", &EvaluatePedAnova);

}  // namespace
}  // namespace parzen
