#include "worker/metrics/regression.h"

#include <cmath>

namespace parzen {

PartMetrics MeasureRegression(absl::Span<const float> predicted, absl::Span<const float> targets) {
  const double rows = static_cast<double>(targets.size());
  double sum = 0;
  for (const float target : targets) sum += target;
  const double mean = sum / rows;
  double squared = 0, absolute = 0, around_mean = 0;
  for (size_t i = 0; i < targets.size(); ++i) {
    const double error = static_cast<double>(targets[i]) - static_cast<double>(predicted[i]);
    squared += error * error;
    absolute += std::abs(error);
    around_mean += (targets[i] - mean) * (targets[i] - mean);
  }
  PartMetrics metrics;
  metrics.set_mean_squared_error(squared / rows);
  metrics.set_root_mean_squared_error(std::sqrt(squared / rows));
  metrics.set_mean_absolute_error(absolute / rows);
  // Where all targets are equal, a perfect fit has 1 and any other 0.
  metrics.set_r2(around_mean > 0 ? 1 - squared / around_mean : squared > 0 ? 0 : 1);
  return metrics;
}

}  // namespace parzen
