// Independent draws, uniform in each parameter's own scale. Every parameter draws from a stream of its own, so adding
// one leaves the others' values as they were.
#include <cmath>
#include <memory>
#include <vector>

#include "base/random_stream.h"
#include "base/registry.h"
#include "studies/distribution.h"
#include "studies/samplers/sampler.h"

namespace parzen {
namespace {

// Any of a countable distribution's values, each with the same chance. Optuna rounds a draw from a range that is half a
// step wider at both ends, which comes to the same.
double DrawIndex(const Distribution& distribution, RandomStream& random) {
  return static_cast<double>(random.Below(static_cast<uint64_t>(*CountValues(distribution))));
}

double Draw(const FloatDistribution& range, RandomStream& random) {
  if (range.step.has_value()) return range.low + *range.step * DrawIndex(range, random);
  if (!range.log) return random.Uniform(range.low, range.high);
  return std::exp(random.Uniform(std::log(range.low), std::log(range.high)));
}

double Draw(const IntDistribution& range, RandomStream& random) {
  if (!range.log) return static_cast<double>(range.low) + static_cast<double>(range.step) * DrawIndex(range, random);
  // Half a step wider, so that rounding gives the ends as much room as their neighbours.
  const double low = std::log(static_cast<double>(range.low) - 0.5);
  const double high = std::log(static_cast<double>(range.high) + 0.5);
  return std::round(std::exp(random.Uniform(low, high)));
}

double Draw(const CategoricalDistribution& categories, RandomStream& random) {
  return static_cast<double>(random.Below(categories.choices.size()));
}

class RandomPoints : public Sampler {
 public:
  explicit RandomPoints(const SamplerInputs& inputs)
      : space_(inputs.space), seed_(static_cast<uint64_t>(inputs.search.seed())) {}

  absl::StatusOr<std::optional<Point>> Suggest(int64_t number, History /*history*/) override {
    const RandomStream trial(seed_, number, "sampler/random");
    Point point(space_.size());
    for (const size_t i : space_.activation_order()) {
      if (!space_.IsActive(i, point)) continue;
      RandomStream random = trial.Fork(i);
      const Distribution& distribution = space_.distribution(i);
      const double drawn = std::visit([&random](const auto& kind) { return Draw(kind, random); }, distribution);
      // Rounding may have missed the ends of the range, or a step, by a little.
      point[i] = NearestValue(distribution, drawn);
    }
    return point;
  }

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
