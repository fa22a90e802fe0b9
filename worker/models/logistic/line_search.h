// How far to go in a direction that leads down.
#pragma once

#include <Eigen/Core>

#include "worker/models/logistic/softmax_objective.h"

namespace parzen {

// Where a minimisation stands.
struct Minimum {
  Eigen::VectorXd at;
  double value = 0;
  Eigen::VectorXd gradient;

  double LargestSlope() const { return gradient.lpNorm<Eigen::Infinity>(); }
};

// Moves along `direction` to a point that meets Wolfe's conditions, or Hager and Zhang's approximate ones where values
// are as good as equal (2005, section 4); tries a step of 1 first. False, and nothing moved, when there is none within
// reach of the objective's precision.
bool SearchLine(const SoftmaxObjective& objective, const Eigen::VectorXd& direction, Minimum& minimum);

// That a step from the first value to the second one gained nothing: less than 64 times what is rounded off. Objectives
// in 32 bits cannot tell.
bool GainedNothing(const SoftmaxObjective& objective, double before, double after);

}  // namespace parzen
