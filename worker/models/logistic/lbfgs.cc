#include <cmath>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "worker/models/logistic/line_search.h"
#include "worker/models/logistic/solvers.h"

namespace parzen {
namespace {

constexpr size_t kCorrections = 10;

// How the gradient changed along steps: what is known of the curvature.
class Corrections {
 public:
  void Add(Eigen::VectorXd step, Eigen::VectorXd change) {
    const double curvature = step.dot(change);
    // A pair at right angles tells nothing, and would be divided by.
    if (!(curvature > 1e-14 * step.norm() * change.norm())) return;
    if (pairs_.size() == kCorrections) pairs_.pop_front();
    pairs_.push_back({std::move(step), std::move(change), curvature});
  }
  bool empty() const { return pairs_.empty(); }
  void Forget() { pairs_.clear(); }

  // Minus the inverse of the approximate Hessian times `gradient` (Nocedal and Wright, algorithm 7.4).
  Eigen::VectorXd Direction(const Eigen::VectorXd& gradient) const {
    Eigen::VectorXd direction = -gradient;
    std::vector<double> shares(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      shares[i] = pairs_[i].step.dot(direction) / pairs_[i].curvature;
      direction -= shares[i] * pairs_[i].change;
    }
    direction *= pairs_.back().curvature / pairs_.back().change.squaredNorm();
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const double share = pairs_[i].change.dot(direction) / pairs_[i].curvature;
      direction += (shares[i] - share) * pairs_[i].step;
    }
    return direction;
  }

 private:
  struct Pair {
    Eigen::VectorXd step;
    Eigen::VectorXd change;  // of the gradient
    double curvature;        // their product
  };
  std::deque<Pair> pairs_;
};

// Straight down, as far as the curvature along the way says.
Eigen::VectorXd Descent(const SoftmaxObjective& objective, const Minimum& minimum) {
  const double curvature = minimum.gradient.dot(objective.HessianTimes(minimum.at, minimum.gradient));
  const double length = curvature > 0 ? minimum.gradient.squaredNorm() / curvature : 1;
  return -length * minimum.gradient;
}

}  // namespace

absl::StatusOr<Solution> MinimizeByLbfgs(const SoftmaxProblem& problem, const LogisticOptions& options,
                                         const Progress& progress) {
  const std::unique_ptr<SoftmaxObjective> objective = MakeSoftmaxObjective(problem);
  Minimum minimum{Eigen::VectorXd::Zero(problem.coefficients()), 0, {}};
  minimum.value = objective->Evaluate(minimum.at, minimum.gradient);
  Corrections corrections;
  Solution solution;
  while (!(solution.converged = solution.converged || minimum.LargestSlope() <= options.tolerance) &&
         solution.iterations < options.max_iterations) {
    const Minimum before = minimum;
    bool moved = !corrections.empty() && SearchLine(*objective, corrections.Direction(minimum.gradient), minimum);
    if (!moved) {
      corrections.Forget();
      moved = SearchLine(*objective, Descent(*objective, minimum), minimum);
    }
    if (!moved) break;
    corrections.Add(minimum.at - before.at, minimum.gradient - before.gradient);
    RETURN_IF_ERROR(progress(++solution.iterations, minimum.at));
    solution.converged = GainedNothing(*objective, before.value, minimum.value);
  }
  solution.coefficients = std::move(minimum.at);
  return solution;
}

}  // namespace parzen
