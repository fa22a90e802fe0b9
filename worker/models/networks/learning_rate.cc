#include "worker/models/networks/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace parzen {
namespace {

// One cycle begins at this share of the learning rate, and ends at a share of that.
constexpr double kCycleStart = 1. / 25;
constexpr double kCycleEnd = kCycleStart * 1e-4;

// From `from` to `to` like half a cosine, where `way` goes from 0 to 1.
double HalfCosine(double from, double to, double way) {
  return to + (from - to) * (1 + std::cos(std::numbers::pi * std::clamp(way, 0., 1.))) / 2;
}

double Share(const Training& training, int64_t step, int64_t steps_per_epoch) {
  const double last = static_cast<double>(std::max<int64_t>(training.epochs() * steps_per_epoch - 1, 1));
  const double way = static_cast<double>(step) / last;
  switch (training.schedule_case()) {
    case Training::kStep:
      return std::pow(training.step().factor(),
                      static_cast<double>(step / steps_per_epoch / training.step().every_epochs()));
    case Training::kCosine:
      return HalfCosine(1, training.cosine().end(), way);
    case Training::kOneCycle: {
      const double rise = training.one_cycle().rise();
      return way < rise ? HalfCosine(kCycleStart, 1, way / rise) : HalfCosine(1, kCycleEnd, (way - rise) / (1 - rise));
    }
    default:
      return 1;
  }
}

}  // namespace

double LearningRate(const Training& training, int64_t step, int64_t steps_per_epoch) {
  const double warm_up = training.warmup_epochs() * static_cast<double>(steps_per_epoch);
  const double risen = warm_up > 0 ? std::min(1., static_cast<double>(step + 1) / warm_up) : 1;
  return training.learning_rate() * risen * Share(training, step, steps_per_epoch);
}

}  // namespace parzen
