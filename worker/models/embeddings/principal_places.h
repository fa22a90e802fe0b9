// Rows placed by their first principal components: those of the pca transform.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "worker/dataset.h"

namespace parzen {

// rows x dimensions, by what the transform pca makes of the rows it was fitted on. Where rows and features have fewer
// components than that, there is nothing in the others: 0. Uses the task arena it is called in. Takes a copy of the
// rows. InvalidArgument: there are no rows or features, or rows lie further apart than 32-bit floats can tell; and what
// the transform cannot take.
absl::StatusOr<FeatureMatrix> PrincipalPlaces(const FeatureRef& rows, int64_t dimensions);

}  // namespace parzen
