// Independent draws, uniform in each parameter's own scale. Every parameter draws from a stream of its own, so adding
// one leaves the others' values as they were.
#include <memory>
#include <vector>

#include "base/random_stream.h"
#include "base/registry.h"
#include "studies/samplers/sampler.h"

namespace parzen {
namespace {

class RandomPoints : public Sampler {
 public:
  explicit RandomPoints(const SamplerInputs& inputs)
      : space_(inputs.space), seed_(static_cast<uint64_t>(inputs.search.seed())) {}

  absl::StatusOr<std::optional<Point>> Suggest(int64_t number, int32_t redraw) override {
    const RandomStream trial = RandomStream(seed_, number, "sampler/random").Fork(static_cast<uint64_t>(redraw));
    Point point(space_.size());
    for (const size_t i : space_.activation_order()) {
      if (!space_.IsActive(i, point)) continue;
      RandomStream random = trial.Fork(i);
      point[i] = space_.axis(i).FromUnit(random.Uniform());
    }
    return point;
  }

  bool Learns() const override { return false; }

 private:
  const SearchSpace& space_;  // outlives the sampler
  const uint64_t seed_;
};

const bool registered = Registry<SamplerFactory>::Global().Add(
    "random", [](const SamplerInputs& inputs) -> absl::StatusOr<std::unique_ptr<Sampler>> {
      return std::make_unique<RandomPoints>(inputs);
    });

}  // namespace
}  // namespace parzen
