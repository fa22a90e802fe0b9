// Stops a trial whose best value so far is not among the best so many percent of complete trials at the same step.
#include "absl/strings/str_cat.h"
#include "studies/pruners/learning_curve.h"
#include "studies/pruners/percentile_rule.h"

namespace parzen {
namespace {

absl::StatusOr<std::unique_ptr<Pruner>> MakePercentile(const PrunerInputs& inputs) {
  const PercentilePruner& spec = inputs.pruner.percentile();
  return MakePercentileRule(
      {spec.percentile(), absl::StrCat("the bar for the best ", ShortNumber(spec.percentile()), "%"),
       spec.startup_trials(), spec.warmup_steps(), spec.interval_steps(), spec.min_trials()},
      inputs);
}

const bool registered = Registry<PrunerFactory>::Global().Add("percentile", &MakePercentile);

}  // namespace
}  // namespace parzen
