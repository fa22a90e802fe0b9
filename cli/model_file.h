// Fitted models in files.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/saved_model.h"

namespace parzen {

// NotFound, InvalidArgument; names the file.
absl::StatusOr<SavedModel> ReadModelFile(const std::string& path);

// Written beside it first, synced and then named, so that the file is the old or the new model whenever the machine
// dies.
absl::Status WriteModelFile(const std::string& path, absl::string_view bytes);

}  // namespace parzen
