// Stops a trial that a signed-rank test finds worse than the best one over the steps that both have.
#include <cmath>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "studies/pruners/learning_curve.h"
#include "studies/pruners/pruner.h"
#include "studies/pruners/signed_rank.h"

namespace parzen {
namespace {

class Wilcoxon : public Pruner {
 public:
  explicit Wilcoxon(const PrunerInputs& inputs)
      : p_threshold_(inputs.pruner.wilcoxon().p_threshold()),
        startup_steps_(inputs.pruner.wilcoxon().startup_steps()),
        direction_(inputs.direction),
        history_(inputs.history),
        reader_(inputs.history, inputs.horizon) {}

  PrunerDecision Judge(size_t index, int64_t step) override {
    reader_.Read([this](uint32_t changed) { Learn(changed); });
    if (!best_.has_value()) return {};
    const HistoryTrial& best = history_[*best_];
    const std::vector<double> differences = Differences(UpTo(history_[index], step), best.steps);
    if (static_cast<int64_t>(differences.size()) < startup_steps_) return {};
    double sum = 0;
    for (const double difference : differences) sum += difference;
    if (!(sum > 0)) return {};  // its mean is no worse
    const double p = SignedRankPValue(differences);
    if (!(p <= p_threshold_)) return {};
    return {true, absl::StrCat("worse than trial ", best.number, ", the best one, over the ", differences.size(),
                               " steps that both have: by ", ShortNumber(sum / static_cast<double>(differences.size())),
                               " in the mean, signed-rank test p = ", ShortNumber(p))};
  }

 private:
  void Learn(uint32_t index) {
    const HistoryTrial& trial = history_[index];
    if (trial.state != COMPLETE || trial.violation > 0 || trial.values.empty()) return;
    if (best_.has_value()) {
      const double loss = Loss(direction_, trial.values[0]), least = Loss(direction_, history_[*best_].values[0]);
      if (loss > least || (loss == least && index > *best_)) return;
    }
    best_ = index;
  }

  // How much worse the curve is, at each step where both have finite values.
  std::vector<double> Differences(absl::Span<const Step> curve, absl::Span<const Step> best) const {
    std::vector<double> differences;
    size_t at = 0;
    for (const Step& step : curve) {
      while (at < best.size() && best[at].step < step.step) ++at;
      if (at == best.size()) break;
      const double difference = Loss(direction_, step.value) - Loss(direction_, best[at].value);
      if (best[at].step == step.step && std::isfinite(difference)) differences.push_back(difference);
    }
    return differences;
  }

  const double p_threshold_;
  const int64_t startup_steps_;
  const Direction direction_;
  const History& history_;  // outlives the pruner
  CurveReader reader_;
  std::optional<uint32_t> best_;  // COMPLETE and feasible; the first of equals
};

const bool registered = Registry<PrunerFactory>::Global().Add(
    "wilcoxon", [](const PrunerInputs& inputs) -> absl::StatusOr<std::unique_ptr<Pruner>> {
      return std::make_unique<Wilcoxon>(inputs);
    });

}  // namespace
}  // namespace parzen
