// Stops a trial with an intermediate value outside bounds, or NaN: a run that diverged.
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "studies/pruners/learning_curve.h"
#include "studies/pruners/pruner.h"

namespace parzen {
namespace {

class Bounds : public Pruner {
 public:
  Bounds(const ThresholdPruner& spec, const History& history)
      : lower_(spec.has_lower() ? spec.lower() : -std::numeric_limits<double>::infinity()),
        upper_(spec.has_upper() ? spec.upper() : std::numeric_limits<double>::infinity()),
        warmup_steps_(spec.warmup_steps()),
        interval_steps_(spec.interval_steps()),
        history_(history) {}

  PrunerDecision Judge(size_t index, int64_t step) override {
    const absl::Span<const Step> curve = UpTo(history_[index], step);
    if (!IsDue(curve, warmup_steps_, interval_steps_)) return {};
    const double value = curve.back().value;
    if (std::isnan(value)) return {true, absl::StrCat("the value at step ", step, " is NaN")};
    if (value < lower_) return Outside(value, step, "below", lower_);
    if (value > upper_) return Outside(value, step, "above", upper_);
    return {};
  }

 private:
  static PrunerDecision Outside(double value, int64_t step, absl::string_view side, double bound) {
    return {true, absl::StrCat(ShortNumber(value), " at step ", step, " is ", side, " ", ShortNumber(bound),
                               ", the bound of the study")};
  }

  const double lower_;
  const double upper_;
  const int64_t warmup_steps_;
  const int64_t interval_steps_;
  const History& history_;  // outlives the pruner
};

absl::StatusOr<std::unique_ptr<Pruner>> MakeThreshold(const PrunerInputs& inputs) {
  const ThresholdPruner& spec = inputs.pruner.threshold();
  if (spec.has_lower() && spec.has_upper() && spec.lower() > spec.upper()) {
    return absl::InvalidArgumentError(absl::StrCat("search.pruner.threshold: lower is ", ShortNumber(spec.lower()),
                                                   ", above upper, ", ShortNumber(spec.upper())));
  }
  return std::make_unique<Bounds>(spec, inputs.history);
}

const bool registered = Registry<PrunerFactory>::Global().Add("threshold", &MakeThreshold);

}  // namespace
}  // namespace parzen
