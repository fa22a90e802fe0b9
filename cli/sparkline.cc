#include "cli/sparkline.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace parzen {
namespace {

constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr size_t kHighest = 7;
constexpr size_t kMiddle = 3;

// The block of a value on a scale from `low` to `high`, both finite. Halves, so that no difference overflows.
size_t BlockOf(double value, double low, double high) {
  if (std::isinf(value)) return value > 0 ? kHighest : 0;
  if (!(low < high)) return kMiddle;
  const double share = (value / 2 - low / 2) / (high / 2 - low / 2);
  return static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * kHighest));
}

}  // namespace

std::vector<double> EvenlyChosen(const std::vector<double>& values, size_t columns) {
  if (values.size() <= columns) return values;
  std::vector<double> chosen;
  const size_t last = values.size() - 1;
  for (size_t i = 0; i < columns; ++i) chosen.push_back(values[columns == 1 ? last : i * last / (columns - 1)]);
  return chosen;
}

std::string Sparkline(const std::vector<double>& values, size_t columns) {
  const std::vector<double> shown = EvenlyChosen(values, columns);
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const double value : shown) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  std::string line;
  for (const double value : shown) line += std::isnan(value) ? " " : kBlocks[BlockOf(value, low, high)];
  return line;
}

}  // namespace parzen
