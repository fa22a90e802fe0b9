// What logistic regression minimises with solvers that see all rows at a time: the sum of the rows' weighted log losses
// of a softmax, plus l2 / 2 times the sum of squared coefficients. (scikit-learn's objective, divided by C; so
// gradients are compared with a tolerance on its scale. Of two classes it has the difference of their coefficients
// alone, of which each of ours has half: the same penalty of it takes twice the l2.)
//
// Rows are read once an evaluation: logits, softmax and gradient of a few rows at a time, while they are in the cache.
// Fixed parts of the rows are summed up at the same time, and then in order: the same bits for any number of threads.
// Small data is computed with in 64-bit floats, large data in 32-bit floats whose sums are added up in 64 bits.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <vector>

#include "worker/dataset.h"
#include "worker/models/stop_check.h"

namespace parzen {

// Borrows the features and the stop check.
struct SoftmaxProblem {
  FeatureRef features;                // rows x features, all finite
  std::vector<int32_t> labels;        // rows; each in [0, class_weights.size())
  std::vector<double> class_weights;  // what a row of each class counts
  double l2;
  bool fit_intercept;
  StopCheck& stop;

  int64_t classes() const { return static_cast<int64_t>(class_weights.size()); }
  // Coefficients lie in a vector as classes x (features + 1), row by row, the intercept last in its row: 0, when there
  // is to be none.
  int64_t coefficients() const { return classes() * (features.cols() + 1); }
};

// A vector of coefficients as a matrix.
using CoefficientRows = Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
using ConstCoefficientRows = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

// Threads: externally synchronised; evaluations use the task arena they are called in. When asked to stop they return
// at once, with numbers that mean nothing.
class SoftmaxObjective {
 public:
  virtual ~SoftmaxObjective() = default;

  // The value, and its gradient.
  virtual double Evaluate(const Eigen::VectorXd& coefficients, Eigen::VectorXd& gradient) const = 0;

  // The Hessian at `coefficients` times `direction`.
  virtual Eigen::VectorXd HessianTimes(const Eigen::VectorXd& coefficients, const Eigen::VectorXd& direction) const = 0;

  // Values closer to each other than this share of them may be equal.
  virtual double resolution() const = 0;
};

// Borrows `problem`. Memory: small data once more in 64 bits (up to 32 MiB), and coefficients for each of 2 to 16
// parts.
std::unique_ptr<SoftmaxObjective> MakeSoftmaxObjective(const SoftmaxProblem& problem);

}  // namespace parzen
