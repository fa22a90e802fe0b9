// The options of support vector machines, checked. Pure functions.
#pragma once

#include "absl/status/status.h"
#include "proto/train.pb.h"

namespace parzen {

// InvalidArgument names the field, its value and what would be right.
absl::Status CheckSvmOptions(const Svm& options);
absl::Status CheckSvmOptions(const LinearSvm& options);

}  // namespace parzen
