// Euclidean distances of all rows to each other. Pure function.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "worker/dataset.h"

namespace parzen {

// rows x rows, symmetric, 0 on the diagonal. Sums of squared differences, each rounded to 32 bits: equal rows are at 0
// exactly, near ones as near as they are, which products of rows would not tell. The bits depend on the two rows alone.
// Uses the task arena it is called in. Cancelled: `stop` (any thread asks it, often) said so. Requires: rows are so
// near each other that squared distances are 32-bit floats.
absl::StatusOr<FeatureMatrix> RowDistances(const FeatureRef& rows, const std::function<bool()>& stop);

}  // namespace parzen
