// The rule behind the pruners median and percentile. Sources: Golovin et al., "Google Vizier", 2017, section 3.2.2 (the
// median stopping rule, there with running averages); Optuna's percentile pruner (best value so far).
#pragma once

#include <memory>
#include <string>

#include "studies/pruners/pruner.h"

namespace parzen {

struct PercentileOptions {
  double percentile = 50;  // of losses: the share of trials, in percent, that is good enough
  std::string name;        // of the percentile, for people: "the median"
  int64_t startup_trials = 0;
  int64_t warmup_steps = 0;
  int64_t interval_steps = 1;
  int64_t min_trials = 1;
};

// Stops a trial whose best value so far is worse than the percentile of the COMPLETE trials' values at the same step,
// or that has had nothing but NaN. What it keeps is one number for each value of a COMPLETE trial; judging reads no
// other trial's curve.
std::unique_ptr<Pruner> MakePercentileRule(PercentileOptions options, const PrunerInputs& inputs);

}  // namespace parzen
