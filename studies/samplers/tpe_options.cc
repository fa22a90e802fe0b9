#include "studies/samplers/tpe_options.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/status/status.h"

namespace parzen {
namespace {

constexpr size_t kNewest = 25;  // observations that weigh 1
constexpr double kNoWidth = 1e-12;

}  // namespace

absl::StatusOr<TpeOptions> ResolveTpeOptions(const TpeSampler& message, size_t objectives) {
  if (message.group() && message.has_multivariate() && !message.multivariate()) {
    return absl::InvalidArgumentError("search.sampler.tpe: group needs multivariate, which is switched off");
  }
  TpeOptions options;
  if (message.preset() == TpeSampler::PARZEN && objectives <= 1) {
    options.candidates = 26;
    options.good_share = 0.2;
    options.most_good = 40;
    options.improvement = true;
    options.apart_share = 0.2;
    options.above.narrowest = options.below.narrowest = 0.005;
    options.below.width_factor = 0.8;
  }
  options.multivariate = objectives <= 1 || message.group();
  options.group = message.group();
  options.constant_liar = message.constant_liar();
  if (message.has_startup_trials()) options.startup_trials = message.startup_trials();
  if (message.has_candidates()) options.candidates = message.candidates();
  if (message.has_multivariate()) options.multivariate = message.multivariate();
  options.even_startup = message.preset() == TpeSampler::PARZEN;
  if (message.has_even_startup()) options.even_startup = message.even_startup();
  // Fronts grow with the history.
  if (objectives > 1) options.most_good = std::numeric_limits<size_t>::max();
  if (message.has_good_share()) options.good_share = message.good_share();
  if (message.has_most_good()) options.most_good = static_cast<size_t>(message.most_good());
  if (message.has_apart_share()) options.apart_share = message.apart_share();
  if (message.has_narrowest()) options.above.narrowest = options.below.narrowest = message.narrowest();
  if (message.has_good_width()) options.below.width_factor = message.good_width();
  for (KernelOptions* const kernels : {&options.above, &options.below}) {
    kernels->prior_weight = message.prior_weight();
    kernels->magic_clip = message.magic_clip();
    kernels->endpoints = message.endpoints();
  }
  // On a front no trial is better for being newer.
  options.below.recency = objectives <= 1;
  if (message.has_weights()) {
    options.improvement = message.weights() == TpeSampler::IMPROVEMENT && objectives <= 1;
    options.above.recency = message.weights() != TpeSampler::EQUAL;
    options.below.recency = options.above.recency && objectives <= 1;
  }
  return options;
}

size_t BelowCount(size_t observations, const TpeOptions& options) {
  const auto share = static_cast<size_t>(std::ceil(options.good_share * static_cast<double>(observations)));
  return std::min({share, options.most_good, observations});
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
  return range * std::max(options.narrowest, 1 / (static_cast<double>(count) + 2));
}

}  // namespace parzen
