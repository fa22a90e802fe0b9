// The options of logistic regression, checked.
#pragma once

#include "absl/status/statusor.h"
#include "proto/train.pb.h"
#include "worker/models/class_weights.h"

namespace parzen {

struct LogisticOptions {
  LogisticRegression::Solver solver;
  double l2;  // the penalty is l2 / 2 * (sum of squares) + l1 * (sum of absolute values) ...
  double l1;  // ... beside the sum of the rows' log losses: both are proportional to 1 / C
  int max_iterations;
  double tolerance;
  bool fit_intercept;
  ClassWeights class_weights;
};

// InvalidArgument names the option that is wrong, or the penalty that the solver does not know.
absl::StatusOr<LogisticOptions> ReadLogisticOptions(const LogisticRegression& options);

}  // namespace parzen
