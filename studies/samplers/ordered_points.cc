#include "studies/samplers/ordered_points.h"

#include <utility>

#include "base/status_macros.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

class OrderedPoints : public Sampler {
 public:
  OrderedPoints(const SamplerFactory& factory, const SamplerInputs& inputs)
      : factory_(factory), inputs_(inputs), look_ahead_(static_cast<size_t>(inputs.search.look_ahead())) {}

  // Makes the sampler anew, of nothing. To be called once, first.
  absl::Status Begin() {
    auto fresh = std::make_unique<Ordered>();
    SamplerInputs inputs{inputs_.space, inputs_.search, inputs_.directions, fresh->history, inputs_.bracket_of};
    ASSIGN_OR_RETURN(fresh->sampler, factory_(inputs));
    ordered_ = std::move(fresh);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Point>> Suggest(int64_t number, int32_t redraw) override {
    if (static_cast<size_t>(number) < ordered_->history.size()) RETURN_IF_ERROR(Begin());
    BringTo(static_cast<size_t>(number));
    return ordered_->sampler->Suggest(number, redraw);
  }

  std::optional<int64_t> TotalPoints() const override { return ordered_->sampler->TotalPoints(); }
  bool Learns() const override { return ordered_->sampler->Learns(); }

 private:
  struct Ordered {
    History history;
    size_t settled = 0;  // trials below it have the results they will ever have there
    std::unique_ptr<Sampler> sampler;
  };

  // What trial `number` may see, step by step as if all trials before it had been asked for one after the other.
  void BringTo(size_t number) {
    for (;;) {
      const size_t next = ordered_->history.size();
      while (ordered_->settled + look_ahead_ <= next) Settle(ordered_->settled++);
      if (next == number) return;
      const HistoryTrial& trial = inputs_.history[next];
      ordered_->history.Add({trial.number, RUNNING, trial.point, {}, 0, {}});
    }
  }

  void Settle(size_t index) {
    const HistoryTrial& trial = inputs_.history[index];
    if (!IsFinal(trial.state)) return;
    for (const Step& step : trial.steps) ordered_->history.Report(index, step.step, step.value);
    ordered_->history.Move(index, trial.state, trial.values, trial.violation);
  }

  const SamplerFactory factory_;
  const SamplerInputs inputs_;
  const size_t look_ahead_;
  std::unique_ptr<Ordered> ordered_;  // at a fixed address: the sampler borrows the history
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sampler>> MakeOrderedPoints(const SamplerFactory& factory, const SamplerInputs& inputs) {
  auto points = std::make_unique<OrderedPoints>(factory, inputs);
  RETURN_IF_ERROR(points->Begin());
  return points;
}

}  // namespace parzen
