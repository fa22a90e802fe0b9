// Numbers that are none do not go into models.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "worker/dataset.h"

namespace parzen {

// InvalidArgument names the first row and column (both from 1) of `what` that hold a NaN or an infinity. Uses the task
// arena it is called in.
absl::Status CheckFinite(const FeatureRef& features, absl::string_view what);

}  // namespace parzen
