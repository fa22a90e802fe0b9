// How the minimum of the regression's objective is found. All start at 0, and end when they are there, after
// max_iterations, or when `progress` returns an error, which they return. Random numbers come from the stream alone.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "worker/models/logistic/logistic_options.h"
#include "worker/models/logistic/softmax_objective.h"

namespace parzen {

struct Solution {
  Eigen::VectorXd coefficients;  // as SoftmaxProblem has them
  int iterations = 0;
  bool converged = false;
};

// Told the coefficients after iteration 1, 2, ...
using Progress = std::function<absl::Status(int iteration, const Eigen::VectorXd& coefficients)>;

// Limited-memory BFGS with ten corrections (Liu and Nocedal, 1989). Converged: no part of the gradient is larger than
// the tolerance, or, in 64 bits, values are as good as equal.
absl::StatusOr<Solution> MinimizeByLbfgs(const SoftmaxProblem& problem, const LogisticOptions& options,
                                         const Progress& progress);

// Newton steps found by conjugate gradients, no more exactly than the gradient deserves (Nocedal and Wright, Numerical
// Optimization, algorithm 7.1). Converged: as above.
absl::StatusOr<Solution> MinimizeByNewton(const SoftmaxProblem& problem, const LogisticOptions& options,
                                          const Progress& progress);

// SAG and SAGA, one random row a step, rows steps an iteration. Converged: none of the coefficients moved in an
// iteration by more than tolerance times the largest one. One thread: each step needs the one before. Memory: rows x
// classes numbers. Keeps to l1, too.
absl::StatusOr<Solution> MinimizeByAveragedGradients(const SoftmaxProblem& problem, const LogisticOptions& options,
                                                     RandomStream stream, const Progress& progress);

}  // namespace parzen
