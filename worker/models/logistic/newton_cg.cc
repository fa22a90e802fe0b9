#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "base/status_macros.h"
#include "worker/models/logistic/line_search.h"
#include "worker/models/logistic/solvers.h"

namespace parzen {
namespace {

constexpr int kMostInnerSteps = 200;

// Solves Hessian * step = -gradient by conjugate gradients until the sum of the residual's sizes is below `enough`.
Eigen::VectorXd NewtonStep(const SoftmaxObjective& objective, const Minimum& minimum, double enough) {
  Eigen::VectorXd step = Eigen::VectorXd::Zero(minimum.at.size());
  Eigen::VectorXd residual = minimum.gradient;
  Eigen::VectorXd direction = -residual;
  double squares = residual.squaredNorm();
  for (int i = 0; i < kMostInnerSteps && residual.lpNorm<1>() > enough; ++i) {
    const Eigen::VectorXd product = objective.HessianTimes(minimum.at, direction);
    const double curvature = direction.dot(product);
    // Flat as far as can be told: what there is must do, and at the start it is the way down.
    if (!(curvature > 3 * std::numeric_limits<double>::epsilon() * direction.squaredNorm())) {
      return i == 0 ? direction : step;
    }
    const double length = squares / curvature;
    step += length * direction;
    residual += length * product;
    const double next = residual.squaredNorm();
    direction = -residual + next / squares * direction;
    squares = next;
  }
  return step;
}

}  // namespace

absl::StatusOr<Solution> MinimizeByNewton(const SoftmaxProblem& problem, const LogisticOptions& options,
                                          const Progress& progress) {
  const std::unique_ptr<SoftmaxObjective> objective = MakeSoftmaxObjective(problem);
  Minimum minimum{Eigen::VectorXd::Zero(problem.coefficients()), 0, {}};
  minimum.value = objective->Evaluate(minimum.at, minimum.gradient);
  Solution solution;
  while (!(solution.converged = solution.converged || minimum.LargestSlope() <= options.tolerance) &&
         solution.iterations < options.max_iterations) {
    const double before = minimum.value, size = minimum.gradient.lpNorm<1>();
    const Eigen::VectorXd step = NewtonStep(*objective, minimum, std::min(.5, std::sqrt(size)) * size);
    if (!SearchLine(*objective, step, minimum)) break;
    RETURN_IF_ERROR(progress(++solution.iterations, minimum.at));
    solution.converged = GainedNothing(*objective, before, minimum.value);
  }
  solution.coefficients = std::move(minimum.at);
  return solution;
}

}  // namespace parzen
