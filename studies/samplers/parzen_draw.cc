// Draws from the density: a kernel by its weight, then a value from each of its factors.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "studies/samplers/parzen_estimator.h"
#include "studies/truncated_normal.h"

namespace parzen {
namespace {

constexpr int kAttempts = 4;  // fail once in 16 at the end of a range, where half of a narrow kernel is outside

}  // namespace

void ParzenEstimator::Draw(RandomStream& random, absl::Span<double> points) {
  Refresh();
  const std::vector<double> weights = Weights();
  std::vector<size_t> slots;
  slots.reserve(observed_);
  for (size_t slot = 0; slot < slots_; ++slot) {
    if (IsObserved(slot)) slots.push_back(slot);
  }
  for (size_t first = 0; first < points.size(); first += dimensions()) {
    double left = random.Uniform();
    size_t rank = 0;
    while (rank < slots.size() && (left -= weights[rank]) >= 0) ++rank;
    const std::optional<size_t> chosen = rank < slots.size() ? std::optional(slots[rank]) : std::nullopt;
    for (size_t d = 0; d < dimensions(); ++d) points[first + d] = DrawValue(d, chosen, random);
  }
}

// From the kernel of a slot, or from the prior.
double ParzenEstimator::DrawValue(size_t d, std::optional<size_t> slot, RandomStream& random) {
  const Dimension& dimension = dimensions_[d];
  if (dimension.kind == Kind::kCategory) {
    const double share = random.Uniform();
    const double count = static_cast<double>(*axes_[d].count());
    const double bump = slot.has_value() ? CategoryShare(d, true) - CategoryShare(d, false) : 0;
    return axes_[d].FromScale(share < bump ? Mu(*slot, d) : (share - bump) / (1 - bump) * count);
  }
  const Kernel kernel = slot.has_value() ? KernelOf(*slot, d) : dimension.prior;
  // Most draws from the whole normal distribution are between the ends, and such a draw is cheap.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const double place = kernel.mu + kernel.sigma * NormalQuantile(random.Uniform());
    if (place >= dimension.low && place <= dimension.high) return axes_[d].FromScale(place);
  }
  const double low = (dimension.low - kernel.mu) / kernel.sigma;
  const double high = (dimension.high - kernel.mu) / kernel.sigma;
  const double place = kernel.mu + kernel.sigma * TruncatedNormalQuantile(random.Uniform(), low, high);
  return axes_[d].FromScale(std::clamp(place, dimension.low, dimension.high));
}

}  // namespace parzen
