#include "studies/samplers/bracketed_points.h"

#include <map>
#include <utility>

#include "base/status_macros.h"

namespace parzen {
namespace {

class BracketedPoints : public Sampler {
 public:
  BracketedPoints(const SamplerFactory& factory, const SamplerInputs& inputs) : factory_(factory), inputs_(inputs) {}

  absl::StatusOr<std::optional<Point>> Suggest(int64_t number, int32_t redraw) override {
    ReadChanges();
    ASSIGN_OR_RETURN(Sampler* const sampler, SamplerOf(number));
    return sampler->Suggest(number, redraw);
  }

  absl::StatusOr<Sampler*> SamplerOf(int64_t number) {
    Bracket& bracket = brackets_[inputs_.bracket_of(number)];
    if (bracket.sampler == nullptr) {
      ASSIGN_OR_RETURN(bracket.sampler,
                       factory_({inputs_.space, inputs_.search, inputs_.directions, bracket.history, nullptr}));
    }
    return bracket.sampler.get();
  }

 private:
  struct Bracket {
    History history;
    std::unique_ptr<Sampler> sampler;  // sees that history
  };
  // Where a trial of the study is.
  struct Place {
    Bracket* bracket;
    size_t index;
  };

  void ReadChanges() {
    const std::vector<uint32_t>& changes = inputs_.history.changes();
    for (; changes_read_ < changes.size(); ++changes_read_) {
      const size_t i = changes[changes_read_];
      const HistoryTrial& trial = inputs_.history[i];
      // A trial's first change is that it was added, so they come in order.
      if (i == places_.size()) {
        Bracket& bracket = brackets_[inputs_.bracket_of(trial.number)];
        places_.push_back({&bracket, bracket.history.size()});
        bracket.history.Add(trial);
      } else {
        Update(trial, places_[i].index, places_[i].bracket->history);
      }
    }
  }

  static void Update(const HistoryTrial& trial, size_t index, History& part) {
    const HistoryTrial& known = part[index];
    for (const Step& step : trial.steps) {
      if (known.steps.empty() || step.step > known.steps.back().step) part.Report(index, step.step, step.value);
    }
    if (trial.point != known.point) part.SetPoint(index, trial.point);
    part.Move(index, trial.state, trial.values, trial.violation);
  }

  const SamplerFactory factory_;
  const SamplerInputs inputs_;
  std::map<int32_t, Bracket> brackets_;  // never moved
  std::vector<Place> places_;            // by index in the study's history
  size_t changes_read_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sampler>> MakeBracketedPoints(const SamplerFactory& factory,
                                                             const SamplerInputs& inputs) {
  auto points = std::make_unique<BracketedPoints>(factory, inputs);
  RETURN_IF_ERROR(points->SamplerOf(0).status());
  return points;
}

}  // namespace parzen
