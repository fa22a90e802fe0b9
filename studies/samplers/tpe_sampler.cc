// Tree-structured Parzen estimator (Bergstra et al., 2011; Watanabe, 2023, arXiv 2304.11127): candidates are drawn
// where good trials lie, and the one is suggested where they lie densest in comparison with the others. The first
// trials come from another sampler. Conditional parameters are suggested after those that they depend on.
#include <memory>
#include <utility>
#include <vector>

#include "base/random_stream.h"
#include "base/registry.h"
#include "base/status_macros.h"
#include "studies/samplers/sampler.h"
#include "studies/samplers/tpe_model.h"
#include "studies/samplers/tpe_options.h"

namespace parzen {
namespace {

class TpePoints : public Sampler {
 public:
  // `startup` gives the first points.
  TpePoints(const SamplerInputs& inputs, const TpeOptions& options, std::unique_ptr<Sampler> startup)
      : space_(inputs.space),
        startup_(std::move(startup)),
        seed_(static_cast<uint64_t>(inputs.search.seed())),
        startup_trials_(static_cast<size_t>(options.startup_trials)),
        apart_share_(options.apart_share),
        model_(inputs.space, inputs.history, inputs.directions, options) {}

  absl::StatusOr<std::optional<Point>> Suggest(int64_t number, int32_t redraw) override {
    model_.Update();
    if (model_.split().observations() < startup_trials_) return startup_->Suggest(number, redraw);
    const RandomStream trial = RandomStream(seed_, number, "sampler/tpe").Fork(static_cast<uint64_t>(redraw));
    const bool apart = trial.Fork(space_.size()).Uniform() < apart_share_;
    if (apart) model_.UpdateBlocksOfOne();
    Point point(space_.size());
    for (const size_t i : space_.activation_order()) {
      // A block's parameters come all with the first of them.
      if (point[i].has_value() || !space_.IsActive(i, point)) continue;
      RandomStream random = trial.Fork(i);
      TpeBlock* const block = apart ? model_.BlockOfOne(i) : model_.BlockOf(i);
      if (block != nullptr) {
        FillIn(*block, random, point);
      } else {
        point[i] = space_.axis(i).FromUnit(0);  // there is one value
      }
    }
    return point;
  }

 private:
  static void FillIn(TpeBlock& block, RandomStream& random, Point& point) {
    const std::vector<double> values = block.Suggest(random);
    for (size_t k = 0; k < values.size(); ++k) point[block.parameters()[k]] = values[k];
  }

  const SearchSpace& space_;  // outlives the sampler
  const std::unique_ptr<Sampler> startup_;
  const uint64_t seed_;
  const size_t startup_trials_;
  const double apart_share_;
  TpeModel model_;
};

const bool registered = Registry<SamplerFactory>::Global().Add(
    "tpe", [](const SamplerInputs& inputs) -> absl::StatusOr<std::unique_ptr<Sampler>> {
      ASSIGN_OR_RETURN(const TpeOptions options,
                       ResolveTpeOptions(inputs.search.sampler().tpe(), inputs.directions.size()));
      ASSIGN_OR_RETURN(const SamplerFactory startup,
                       Registry<SamplerFactory>::Global().Find(options.even_startup ? "sobol" : "random"));
      ASSIGN_OR_RETURN(std::unique_ptr<Sampler> first, startup(inputs));
      return std::make_unique<TpePoints>(inputs, options, std::move(first));
    });

}  // namespace
}  // namespace parzen
