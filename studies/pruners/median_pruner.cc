// Stops a trial whose best value so far is worse than the median of complete trials at the same step.
#include "studies/pruners/percentile_rule.h"

namespace parzen {
namespace {

absl::StatusOr<std::unique_ptr<Pruner>> MakeMedian(const PrunerInputs& inputs) {
  const MedianPruner& spec = inputs.pruner.median();
  return MakePercentileRule(
      {50, "the median", spec.startup_trials(), spec.warmup_steps(), spec.interval_steps(), spec.min_trials()}, inputs);
}

const bool registered = Registry<PrunerFactory>::Global().Add("median", &MakeMedian);

}  // namespace
}  // namespace parzen
