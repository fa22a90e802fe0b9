// What the maximisation of a Gaussian mixture needs to know of rows that belong to a component with a share each.
//
// Rows are taken less the component's mean of before, which they are near: squares of large offsets cost no digits.
// Fixed parts of the rows, whose sums are added in order, in 64-bit floats: the same for any number of threads.
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "absl/types/span.h"
#include "worker/dataset.h"
#include "worker/models/stop_check.h"

namespace parzen {

enum class SecondMoments { kNone, kOfFeatures, kOfPairs };

struct SumOptions {
  SecondMoments second = SecondMoments::kNone;
  // kOfPairs: products of 64-bit floats; else of 32-bit ones, a few hundred of which are added up before they are
  // added to the rest in 64 bits.
  bool exact = true;
};

struct ComponentSums {
  double share = 0;
  Eigen::RowVectorXd first;  // of share * (row - about)
  // Of share * (row - about)^2: kOfFeatures 1 x features; kOfPairs the lower half of features x features.
  Eigen::MatrixXd second;
};

// Rows of share 0 cost nothing. Uses the task arena it is called in. After a stop the sums are of some of the rows.
// Requires: a share for each row.
ComponentSums SumComponent(const FeatureRef& rows, absl::Span<const float> shares, const Eigen::RowVectorXd& about,
                           const SumOptions& options, StopCheck& stop);

}  // namespace parzen
