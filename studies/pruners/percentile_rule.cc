#include "studies/pruners/percentile_rule.h"

#include <cmath>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "studies/pruners/learning_curve.h"
#include "studies/pruners/running_percentile.h"

namespace parzen {
namespace {

class PercentileRule : public Pruner {
 public:
  PercentileRule(PercentileOptions options, const PrunerInputs& inputs)
      : options_(std::move(options)),
        direction_(inputs.direction),
        history_(inputs.history),
        reader_(inputs.history, inputs.horizon) {}

  PrunerDecision Judge(size_t index, int64_t step) override {
    const absl::Span<const Step> curve = UpTo(history_[index], step);
    if (!IsDue(curve, options_.warmup_steps, options_.interval_steps)) return {};
    reader_.Read([this](uint32_t changed) { Learn(history_[changed]); });
    if (complete_ == 0 || complete_ < options_.startup_trials) return {};

    const Step* const best = BestOf(curve, direction_);
    if (best == nullptr) return {true, absl::StrCat("all values up to step ", step, " are NaN")};
    const auto others = losses_.find(step);
    if (others == losses_.end() || static_cast<int64_t>(others->second.size()) < options_.min_trials) return {};
    const double bar = others->second.Value();
    if (!(Loss(direction_, best->value) > bar)) return {};
    return {true, absl::StrCat("its best value so far, ", ShortNumber(best->value), " at step ", best->step,
                               ", is worse than ", ShortNumber(Loss(direction_, bar)), ", ", options_.name, " of ",
                               others->second.size(), " complete trials at step ", step)};
  }

 private:
  void Learn(const HistoryTrial& trial) {
    if (trial.state != COMPLETE) return;
    ++complete_;
    for (const Step& step : trial.steps) {
      if (std::isnan(step.value)) continue;
      losses_.try_emplace(step.step, options_.percentile).first->second.Add(Loss(direction_, step.value));
    }
  }

  const PercentileOptions options_;
  const Direction direction_;
  const History& history_;  // outlives the pruner
  CurveReader reader_;
  int64_t complete_ = 0;                                    // trials
  absl::flat_hash_map<int64_t, RunningPercentile> losses_;  // of COMPLETE trials, by step
};

}  // namespace

std::unique_ptr<Pruner> MakePercentileRule(PercentileOptions options, const PrunerInputs& inputs) {
  return std::make_unique<PercentileRule>(std::move(options), inputs);
}

}  // namespace parzen
