#include "worker/models/logistic/line_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace parzen {
namespace {

constexpr int kMostEvaluations = 40;
constexpr double kDecrease = 1e-4;  // Wolfe's constants, as usual for quasi-Newton directions
constexpr double kCurvature = .9;

// A step with the value and slope there.
struct Step {
  double size = 0;
  double value = 0;
  double slope = 0;
};

// The minimum of the cubic through both steps (Nocedal and Wright, Numerical Optimization, equation 3.59), kept away
// from both ends.
double Between(const Step& low, const Step& high) {
  const double width = high.size - low.size;
  double step = low.size + width / 2;
  const double d1 = low.slope + high.slope - 3 * (low.value - high.value) / (low.size - high.size);
  const double d2 = std::sqrt(d1 * d1 - low.slope * high.slope);
  const double cubic = high.size - width * (high.slope + d2 - d1) / (high.slope - low.slope + 2 * d2);
  if (std::isfinite(cubic)) step = cubic;
  return std::clamp(step, low.size + .1 * width, high.size - .1 * width);
}

}  // namespace

bool SearchLine(const SoftmaxObjective& objective, const Eigen::VectorXd& direction, Minimum& minimum) {
  const Step start{0, minimum.value, minimum.gradient.dot(direction)};
  if (!(start.slope < 0)) return false;
  const double noise = objective.resolution() * std::abs(start.value);
  Step low = start;
  Step high{std::numeric_limits<double>::infinity(), 0, 0};
  Minimum tried;
  double size = 1;
  for (int evaluation = 0; evaluation < kMostEvaluations; ++evaluation) {
    tried.at = minimum.at + size * direction;
    tried.value = objective.Evaluate(tried.at, tried.gradient);
    const Step step{size, tried.value, tried.gradient.dot(direction)};
    const bool is_number = std::isfinite(step.value) && std::isfinite(step.slope);
    const bool decreases = is_number && step.value <= start.value + kDecrease * size * start.slope;
    const bool as_good =
        is_number && step.value <= start.value + noise && step.slope <= (2 * kDecrease - 1) * start.slope;
    if ((decreases && std::abs(step.slope) <= -kCurvature * start.slope) ||
        (as_good && step.slope >= kCurvature * start.slope)) {
      minimum = std::move(tried);
      return true;
    }
    if ((decreases || as_good) && step.slope < 0) {
      low = step;
    } else {
      high = step;
    }
    if (std::isinf(high.size)) {
      size *= 4;
    } else if (std::isfinite(high.value) && std::isfinite(high.slope)) {
      size = Between(low, high);
    } else {
      size = low.size + (high.size - low.size) / 8;
    }
  }
  return false;
}

bool GainedNothing(const SoftmaxObjective& objective, double before, double after) {
  constexpr double kRounding = std::numeric_limits<double>::epsilon();
  if (objective.resolution() > kRounding) return false;
  return before - after <= 64 * kRounding * std::max({std::abs(before), std::abs(after), 1.});
}

}  // namespace parzen
