// NSGA-II (Deb et al., 2002) without generations: two parents from binary tournaments among the best trials so far, a
// child that takes each parameter from one of them, some parameters changed. Trials are random until there are enough.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "base/random_stream.h"
#include "base/registry.h"
#include "studies/samplers/fixed_points.h"
#include "studies/samplers/nsga2_parents.h"
#include "studies/samplers/sampler.h"

namespace parzen {
namespace {

class Nsga2Points : public Sampler {
 public:
  explicit Nsga2Points(const SamplerInputs& inputs)
      : space_(inputs.space),
        history_(inputs.history),
        options_(inputs.search.sampler().nsga2()),
        seed_(static_cast<uint64_t>(inputs.search.seed())),
        parents_(inputs.history, inputs.directions, static_cast<size_t>(options_.population())) {}

  absl::StatusOr<std::optional<Point>> Suggest(int64_t number, int32_t redraw) override {
    const std::vector<size_t>& best = parents_.Best();
    const Point nothing(space_.size());
    if (best.size() < static_cast<size_t>(options_.population())) {
      const RandomStream random = RandomStream(seed_, number, "sampler/random").Fork(static_cast<uint64_t>(redraw));
      return CompletePoint(space_, nothing, nothing, random);
    }
    RandomStream random = RandomStream(seed_, number, "sampler/nsga2").Fork(static_cast<uint64_t>(redraw));
    const Point& first = Tournament(best, random);
    const Point& second = random.Uniform() < options_.crossover() ? Tournament(best, random) : first;
    Point child = Child(first, second, MutatedAtRandom(first, random), random);
    // A copy of a parent teaches nothing, and a redraw must be another point.
    if (redraw > 0 || child == first || child == second) {
      if (const std::optional<size_t> changed = AnyFreeParameter(child, random); changed.has_value()) {
        std::vector<bool> mutated(space_.size(), false);
        mutated[*changed] = true;
        child = Child(child, child, mutated, random.Fork(space_.size()));
      }
    }
    return child;
  }

 private:
  // The better of two; parents are in order.
  const Point& Tournament(const std::vector<size_t>& best, RandomStream& random) const {
    const uint64_t one = random.Below(best.size());
    const uint64_t other = random.Below(best.size());
    return history_[best[std::min(one, other)]].point;
  }

  bool IsFree(const Point& point, size_t i) const { return point[i].has_value() && !space_.axis(i).single(); }

  std::vector<bool> MutatedAtRandom(const Point& parent, RandomStream& random) const {
    size_t free = 0;
    for (size_t i = 0; i < space_.size(); ++i) free += IsFree(parent, i);
    const double chance =
        options_.has_mutation() ? options_.mutation() : 1.0 / static_cast<double>(std::max<size_t>(free, 1));
    std::vector<bool> mutated(space_.size());
    for (size_t i = 0; i < space_.size(); ++i) mutated[i] = random.Uniform() < chance;
    return mutated;
  }

  std::optional<size_t> AnyFreeParameter(const Point& point, RandomStream& random) const {
    std::vector<size_t> free;
    for (size_t i = 0; i < space_.size(); ++i) {
      if (IsFree(point, i)) free.push_back(i);
    }
    if (free.empty()) return std::nullopt;
    return free[random.Below(free.size())];
  }

  // Every parameter from one of the parents, where one has it; from a stream of its own, so that a condition that holds
  // or not does not shift the others.
  Point Child(const Point& first, const Point& second, const std::vector<bool>& mutated,
              const RandomStream& random) const {
    Point child(space_.size());
    for (const size_t i : space_.activation_order()) {
      if (!space_.IsActive(i, child)) continue;
      RandomStream own = random.Fork(i);
      const auto fits = [&](const Point& parent) {
        return parent[i].has_value() && Contains(space_.distribution(i), *parent[i]);
      };
      const bool swapped = own.Uniform() < options_.swap();
      const Point& wanted = swapped ? second : first;
      const Point& other = swapped ? first : second;
      const Axis& axis = space_.axis(i);
      if (axis.single() || (!fits(wanted) && !fits(other))) {
        child[i] = axis.FromUnit(own.Uniform());
      } else {
        child[i] = fits(wanted) ? wanted[i] : other[i];
        if (mutated[i]) child[i] = Mutated(axis, *child[i], own);
      }
    }
    return child;
  }

  static double Mutated(const Axis& axis, double value, RandomStream& random);

  const SearchSpace& space_;  // outlives the sampler
  const History& history_;    // outlives the sampler
  const Nsga2Sampler options_;
  const uint64_t seed_;
  Nsga2Parents parents_;
};

// Of changes of a real number so many are small steps, the others draws from the whole range. Together with the step's
// width the best of those tried on ZDT1, ZDT2 and a sphere in 4 and 10 dimensions.
constexpr double kStepShare = 0.8;
constexpr double kStepIndex = 5;

// Polynomial mutation on [0, 1] (Deb and Goyal, 1996): small steps mostly, the smaller the larger the index.
double PolynomialStep(double unit, RandomStream& random) {
  const double u = random.Uniform();
  constexpr double kPower = 1 / (kStepIndex + 1);
  const double step = u < 0.5 ? std::pow(2 * u, kPower) - 1 : 1 - std::pow(2 * (1 - u), kPower);
  return std::clamp(unit + step, 0.0, 1.0);
}

double Nsga2Points::Mutated(const Axis& axis, double value, RandomStream& random) {
  if (!axis.count().has_value() && random.Uniform() < kStepShare) {
    return axis.FromUnit(PolynomialStep(axis.ToUnit(value), random));
  }
  constexpr int kTries = 32;  // to find another value where there are few
  double changed = value;
  for (int i = 0; i < kTries && changed == value; ++i) changed = axis.FromUnit(random.Uniform());
  return changed;
}

const bool registered = Registry<SamplerFactory>::Global().Add(
    "nsga2", [](const SamplerInputs& inputs) -> absl::StatusOr<std::unique_ptr<Sampler>> {
      return std::make_unique<Nsga2Points>(inputs);
    });

}  // namespace
}  // namespace parzen
