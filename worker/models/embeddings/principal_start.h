// Where pictures that are found step by step begin: the first principal components of the rows, made small.
#pragma once

#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "worker/dataset.h"

namespace parzen {

// rows x dimensions: the first principal components, scaled so that the first one has that standard deviation; zeros
// where all rows are equal. Where there are fewer rows or columns than dimensions, the rest is normal, of that
// deviation. The same bits for any number of threads; uses the task arena it is called in. Requires: finite numbers, at
// least one row and column.
absl::StatusOr<FeatureMatrix> PrincipalStart(const FeatureRef& rows, int dimensions, double deviation,
                                             RandomStream& stream);

// All of it normal, of that deviation.
FeatureMatrix RandomStart(int64_t rows, int dimensions, double deviation, RandomStream& stream);

}  // namespace parzen
