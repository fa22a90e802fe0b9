#include "worker/models/embeddings/umap_curve.h"

#include <Eigen/Core>
#include <cmath>

#include "Eigen/LU"

namespace parzen {
namespace {

constexpr int kPoints = 300;
constexpr double kFurthest = 3;  // spreads
constexpr int kMostSteps = 200;
constexpr double kSmallestStep = 1e-13;
constexpr double kMostDamping = 1e12;

// What least squares need to know of a curve: the sum of squared differences, and its first and second order terms.
struct Squares {
  double sum = 0;
  Eigen::Vector2d slope = Eigen::Vector2d::Zero();
  Eigen::Matrix2d moments = Eigen::Matrix2d::Zero();
};

// In units of spread.
Squares SquaresOf(const UmapCurve& curve, double min_distance) {
  Squares squares;
  for (int i = 0; i < kPoints; ++i) {
    const double x = kFurthest * i / (kPoints - 1);
    const double wanted = x < min_distance ? 1 : std::exp(-(x - min_distance));
    const double power = std::pow(x, 2 * curve.b), value = 1 / (1 + curve.a * power);
    const double logarithm = x > 0 ? std::log(x) : 0;
    const Eigen::Vector2d change = -value * value * power * Eigen::Vector2d(1, 2 * curve.a * logarithm);
    squares.sum += (value - wanted) * (value - wanted);
    squares.slope += (value - wanted) * change;
    squares.moments += change * change.transpose();
  }
  return squares;
}

}  // namespace

// By damped Gauss-Newton steps (Marquardt, 1963).
UmapCurve FitUmapCurve(double min_distance, double spread) {
  UmapCurve curve;
  Squares squares = SquaresOf(curve, min_distance / spread);
  double damping = 1e-3;
  for (int step = 0; step < kMostSteps && damping < kMostDamping; ++step) {
    Eigen::Matrix2d damped = squares.moments;
    damped.diagonal() *= 1 + damping;
    const Eigen::Vector2d change = -damped.inverse() * squares.slope;
    const UmapCurve next = {curve.a + change(0), curve.b + change(1)};
    const Squares at_next = next.a > 0 && next.b > 0 ? SquaresOf(next, min_distance / spread) : squares;
    if (at_next.sum < squares.sum) {
      curve = next;
      squares = at_next;
      damping /= 10;
    } else {
      damping *= 10;
    }
    if (change.norm() < kSmallestStep) break;
  }
  curve.a /= std::pow(spread, 2 * curve.b);
  return curve;
}

}  // namespace parzen
