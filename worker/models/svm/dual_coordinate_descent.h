// Linear support vector machines, learned one row at a time: coordinate descent in the dual with random order and
// shrinking (Hsieh, Chang, Lin, Keerthi and Sundararajan, 2008, "A dual coordinate descent method for large-scale
// linear SVM", algorithm 3). Several machines that tell other rows from the rest pass over the rows together, so that
// each row is fetched once.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/random_stream.h"
#include "worker/dataset.h"
#include "worker/models/stop_check.h"

namespace parzen {

// Minimises 1/2 |w|^2 + sum of cost x loss over the rows. The intercept is the weight of one more column of ones, and
// kept small like the others.
struct LinearMachine {
  // What it learns:
  int32_t positive = 0;      // rows of this class are told from all others
  double cost_positive = 1;  // C of those rows
  double cost_negative = 1;  // and of the others
  // What it learned:
  std::vector<double> weights;  // a column, then the intercept
  int64_t passes = 0;           // over the rows
  bool converged = false;
};

struct DescentOptions {
  bool squared_hinge = true;
  double tolerance = 1e-4;
  int64_t most_passes = 1000;
};

// Machines that may be learned together.
inline constexpr int64_t kMachinesTogether = 8;

// Learns all `machines`, at most kMachinesTogether of them. A machine's result does not depend on the others. `stream`
// draws the order of the rows. Cancelled when stopped. Memory: 9 bytes a row and machine, 4 bytes a row.
absl::Status LearnTogether(const FeatureRef& rows, absl::Span<const int32_t> labels, const DescentOptions& options,
                           const RandomStream& stream, StopCheck& stop, absl::Span<LinearMachine> machines);

// <weights, row> + intercept, in 64 bits.
double LinearDecision(const std::vector<double>& weights, const float* row);

}  // namespace parzen
