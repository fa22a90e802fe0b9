#include "studies/samplers/tpe_options.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"

namespace parzen {
namespace {

constexpr size_t kMostBelow = 25;
constexpr size_t kNewest = 25;  // observations that weigh 1
constexpr double kNoWidth = 1e-12;

}  // namespace

absl::StatusOr<TpeOptions> ResolveTpeOptions(const TpeSampler& message, size_t objectives) {
  if (message.group() && message.has_multivariate() && !message.multivariate()) {
    return absl::InvalidArgumentError("search.sampler.tpe: group needs multivariate, which is switched off");
  }
  TpeOptions options;
  options.multivariate = objectives <= 1 || message.group();
  options.group = message.group();
  options.constant_liar = message.constant_liar();
  if (message.has_startup_trials()) options.startup_trials = message.startup_trials();
  if (message.has_candidates()) options.candidates = message.candidates();
  if (message.has_multivariate()) options.multivariate = message.multivariate();
  options.above.prior_weight = message.prior_weight();
  options.above.magic_clip = message.magic_clip();
  options.above.endpoints = message.endpoints();
  options.below = options.above;
  // On a front no trial is better for being newer.
  options.below.recency = objectives <= 1;
  return options;
}

size_t BelowCount(size_t observations, size_t objectives) {
  const auto tenth = static_cast<size_t>(std::ceil(0.1 * static_cast<double>(observations)));
  return objectives <= 1 ? std::min(tenth, kMostBelow) : std::min(tenth, observations);
}

double RecencyWeight(size_t rank, size_t count) {
  if (count <= kNewest || rank >= count - kNewest) return 1;
  const double oldest = 1 / static_cast<double>(count);
  const size_t rising = count - kNewest;
  if (rising == 1) return oldest;
  return oldest + (1 - oldest) * static_cast<double>(rank) / static_cast<double>(rising - 1);
}

double RecencyWeightSum(size_t count) {
  if (count <= kNewest) return static_cast<double>(count);
  const double oldest = 1 / static_cast<double>(count);
  const size_t rising = count - kNewest;
  if (rising == 1) return oldest + kNewest;
  return static_cast<double>(rising) * (oldest + 1) / 2 + kNewest;
}

double LeastBandwidth(size_t count, double range, const KernelOptions& options) {
  if (!options.magic_clip) return std::min(kNoWidth, range);
  return range / std::min(100.0, static_cast<double>(count) + 2);
}

}  // namespace parzen
