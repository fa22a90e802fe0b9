// Images of an IDX file, for those that need no labels; the idx dataset format reads both.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "worker/dataset.h"

namespace parzen {

// A row an image. InvalidArgument: damaged, or no images; NotFound.
absl::StatusOr<FeatureMatrix> ReadIdxImages(const std::string& path);

}  // namespace parzen
