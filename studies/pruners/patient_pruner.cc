// Asks another pruner only once a trial has stopped to improve (early stopping with patience: Prechelt, "Early
// stopping, but when?", 1998).
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/pruners/learning_curve.h"
#include "studies/pruners/pruner.h"

namespace parzen {
namespace {

class Patient : public Pruner {
 public:
  Patient(const PrunerInputs& inputs, std::unique_ptr<Pruner> wrapped)
      : patience_(inputs.pruner.patient().patience()),
        min_delta_(inputs.pruner.patient().min_delta()),
        direction_(inputs.direction),
        history_(inputs.history),
        wrapped_(std::move(wrapped)) {}

  PrunerDecision Judge(size_t index, int64_t step) override {
    const absl::Span<const Step> curve = UpTo(history_[index], step);
    const int64_t before = static_cast<int64_t>(curve.size()) - 1 - patience_;
    if (before < 1) return {};
    const auto split = static_cast<size_t>(before);
    const Step* const best_before = BestOf(curve.first(split), direction_);
    const Step* const best_since = BestOf(curve.subspan(split), direction_);
    if (LossOf(best_since) < LossOf(best_before) - min_delta_) return {};
    return wrapped_ == nullptr ? Stop(best_before, step) : wrapped_->Judge(index, step);
  }

  std::optional<int32_t> Bracket(int64_t number) const override {
    return wrapped_ == nullptr ? std::nullopt : wrapped_->Bracket(number);
  }

 private:
  // Nothing but NaN is as bad as can be.
  double LossOf(const Step* best) const {
    return best == nullptr ? std::numeric_limits<double>::infinity() : Loss(direction_, best->value);
  }

  PrunerDecision Stop(const Step* best_before, int64_t step) const {
    const std::string than = best_before == nullptr
                                 ? std::string("NaN")
                                 : absl::StrCat(ShortNumber(best_before->value), " at step ", best_before->step);
    const std::string by = min_delta_ > 0 ? absl::StrCat(" by more than ", ShortNumber(min_delta_)) : std::string();
    return {true, absl::StrCat("none of the last ", patience_ + 1, " values up to step ", step, " is better than ",
                               than, by)};
  }

  const int64_t patience_;
  const double min_delta_;
  const Direction direction_;
  const History& history_;                 // outlives the pruner
  const std::unique_ptr<Pruner> wrapped_;  // nullptr: there is none
};

absl::StatusOr<std::unique_ptr<Pruner>> MakePatient(const PrunerInputs& inputs) {
  const PatientPruner& spec = inputs.pruner.patient();
  std::unique_ptr<Pruner> wrapped;
  if (spec.has_wraps()) {
    ASSIGN_OR_RETURN(wrapped,
                     MakePruner({spec.wraps(), inputs.study_name, inputs.direction, inputs.history, inputs.horizon}));
  }
  return std::make_unique<Patient>(inputs, std::move(wrapped));
}

const bool registered = Registry<PrunerFactory>::Global().Add("patient", &MakePatient);

}  // namespace
}  // namespace parzen
