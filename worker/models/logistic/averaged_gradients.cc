// SAG (Schmidt, Le Roux and Bach, 2013) and SAGA (Defazio, Bach and Lacoste-Julien, 2014): each step looks at one row
// and goes along the mean of the gradients that all rows had when they were last looked at. The objective here is the
// usual one divided by the number of rows.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "worker/linear/narrow_products.h"
#include "worker/models/logistic/solvers.h"

namespace parzen {
namespace {

using Array = Eigen::Array<double, 1, Eigen::Dynamic>;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Multiplications between two questions whether to stop.
constexpr int64_t kWorkPerQuestion = int64_t{1} << 22;

class AveragedGradients {
 public:
  AveragedGradients(const SoftmaxProblem& problem, const LogisticOptions& options)
      : problem_(problem),
        saga_(options.solver == LogisticRegression::SAGA),
        rows_(problem.features.rows()),
        columns_(problem.features.cols()),
        l1_(options.l1 / static_cast<double>(rows_)),
        l2_(problem.l2 / static_cast<double>(rows_)),
        step_(StepSize()),
        coefficients_(Eigen::VectorXd::Zero(problem.coefficients())),
        sums_(Rows::Zero(problem.classes(), columns_ + 1)),
        residuals_(static_cast<size_t>(rows_ * problem.classes()), 0),
        seen_(static_cast<size_t>(rows_), false),
        row_(columns_ + 1),
        logits_(problem.classes()) {
    row_(columns_) = problem.fit_intercept ? 1 : 0;
  }

  const Eigen::VectorXd& coefficients() const { return coefficients_; }

  // As many steps as there are rows, or until asked to stop.
  void Pass(RandomStream& stream) {
    const int64_t question = std::max<int64_t>(1, kWorkPerQuestion / problem_.coefficients());
    for (int64_t i = 0; i < rows_; ++i) {
      if (i % question == 0 && problem_.stop.Stopped()) return;
      Step(static_cast<int64_t>(stream.Below(static_cast<uint64_t>(rows_))));
    }
  }

 private:
  // By the largest curvature that a row's loss can have: half of its squared length (Boehning, 1992), and what it
  // counts.
  double StepSize() const {
    double largest = 0;
    for (int64_t row = 0; row < rows_; ++row) {
      const double length = problem_.features.row(row).cast<double>().squaredNorm() + (problem_.fit_intercept ? 1 : 0);
      largest = std::max(largest, length * WeightOf(row));
    }
    const double curvature = std::max(largest / 2 + l2_, 1e-300);  // of rows of zeros there is none
    return 1 / (saga_ ? 2 * curvature + std::min(2 * static_cast<double>(rows_) * l2_, curvature) : curvature);
  }

  double WeightOf(int64_t row) const {
    return problem_.class_weights[static_cast<size_t>(problem_.labels[static_cast<size_t>(row)])];
  }

  void Step(int64_t row) {
    row_.head(columns_) = problem_.features.row(row).cast<double>();
    const int64_t classes = problem_.classes();
    MultiplyNarrow<double>({row_.data(), 1, columns_ + 1}, {coefficients_.data(), classes, columns_ + 1}, columns_ + 1,
                           logits_.data(), classes, 1);
    logits_ = (logits_ - logits_.maxCoeff()).exp();
    logits_ *= WeightOf(row) / logits_.sum();
    logits_(problem_.labels[static_cast<size_t>(row)]) -= WeightOf(row);
    if (!seen_[static_cast<size_t>(row)]) {
      seen_[static_cast<size_t>(row)] = true;
      ++seen_count_;
    }
    CoefficientRows coefficients(coefficients_.data(), classes, columns_ + 1);
    for (int64_t k = 0; k < classes; ++k) {
      // What is kept is rounded, and so is what is added to the sums: they stay sums of what is kept.
      float& kept = residuals_[static_cast<size_t>(row * classes + k)];
      const float now = static_cast<float>(logits_(k));
      const double change = static_cast<double>(now) - static_cast<double>(std::exchange(kept, now));
      if (saga_) {
        StepOfSaga(change, sums_.row(k).array(), coefficients.row(k).array());
      } else {
        StepOfSag(change, sums_.row(k).array(), coefficients.row(k).array());
      }
    }
  }

  template <typename Sums, typename Coefficients>
  void StepOfSag(double change, Sums sums, Coefficients coefficients) {
    sums += change * row_;
    coefficients.head(columns_) *= 1 - step_ * l2_;
    coefficients -= step_ / static_cast<double>(seen_count_) * sums;
  }

  template <typename Sums, typename Coefficients>
  void StepOfSaga(double change, Sums sums, Coefficients coefficients) {
    coefficients.head(columns_) *= 1 - step_ * l2_;
    coefficients -= step_ * (change * row_ + sums / static_cast<double>(rows_));
    sums += change * row_;
    if (l1_ == 0) return;
    auto penalised = coefficients.head(columns_);
    penalised = penalised.sign() * (penalised.abs() - step_ * l1_).max(0);
  }

  const SoftmaxProblem& problem_;
  const bool saga_;
  const int64_t rows_;
  const int64_t columns_;
  const double l1_;
  const double l2_;
  const double step_;
  Eigen::VectorXd coefficients_;
  Rows sums_;                     // classes x (features + 1): of all rows' gradients, as last seen
  std::vector<float> residuals_;  // rows x classes: what a row's gradient is, per unit of its features
  std::vector<bool> seen_;
  int64_t seen_count_ = 0;
  Array row_;  // the row looked at, and 1 for the intercept
  Array logits_;
};

}  // namespace

absl::StatusOr<Solution> MinimizeByAveragedGradients(const SoftmaxProblem& problem, const LogisticOptions& options,
                                                     RandomStream stream, const Progress& progress) {
  AveragedGradients descent(problem, options);
  Solution solution;
  while (!solution.converged && solution.iterations < options.max_iterations) {
    const Eigen::VectorXd before = descent.coefficients();
    descent.Pass(stream);
    RETURN_IF_ERROR(progress(++solution.iterations, descent.coefficients()));
    const double moved = (descent.coefficients() - before).lpNorm<Eigen::Infinity>();
    solution.converged = moved <= options.tolerance * descent.coefficients().lpNorm<Eigen::Infinity>();
  }
  solution.coefficients = descent.coefficients();
  return solution;
}

}  // namespace parzen
