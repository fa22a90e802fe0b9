// Asynchronous successive halving over all trials of a study (halving.h).
#include <algorithm>
#include <optional>

#include "studies/pruners/halving.h"

namespace parzen {
namespace {

class SuccessiveHalving : public Pruner {
 public:
  explicit SuccessiveHalving(const PrunerInputs& inputs)
      : inputs_(inputs), spec_(inputs.pruner.successive_halving()), longest_(inputs) {}

  PrunerDecision Judge(size_t index, int64_t step) override {
    const int64_t min_resource = MinResource();
    if (min_resource == 0) return {};
    if (!halving_.has_value() || min_resource != min_resource_) {
      min_resource_ = min_resource;
      const int64_t first = TimesPower(min_resource, spec_.reduction_factor(), spec_.min_early_stopping_rate());
      halving_.emplace(inputs_,
                       HalvingOptions{first, spec_.reduction_factor(), spec_.bootstrap_count(), spec_.promote()},
                       [](int64_t) { return true; });
    }
    return halving_->Judge(index, step, kNoStep);
  }

 private:
  // 0: not known before a trial is complete.
  int64_t MinResource() {
    // No trial would be complete before there are rungs.
    if (spec_.has_min_resource() || spec_.promote()) return std::max<int64_t>(1, spec_.min_resource());
    const int64_t longest = longest_.LastStep();
    return longest == 0 ? 0 : std::max<int64_t>(1, longest / 100);
  }

  const PrunerInputs inputs_;
  const SuccessiveHalvingPruner& spec_;
  LongestTrial longest_;
  int64_t min_resource_ = 0;        // of `halving_`
  std::optional<Halving> halving_;  // made again when the longest trial moves the rungs
};

const bool registered = Registry<PrunerFactory>::Global().Add(
    "successive_halving", [](const PrunerInputs& inputs) -> absl::StatusOr<std::unique_ptr<Pruner>> {
      return std::make_unique<SuccessiveHalving>(inputs);
    });

}  // namespace
}  // namespace parzen
