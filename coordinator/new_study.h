// What holds for every study that Parzen is to run, whether it is created or imported.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "proto/query.pb.h"
#include "studies/search_space.h"

namespace parzen {

// What is searched, and for how long.
struct NewStudy {
  SearchSpace space;
  int64_t budget = 0;
};

// Checks spec, dataset files (each one that the spec names, with an absolute path and a SHA-256), sampler and pruner.
// InvalidArgument: what is wrong, for the user.
absl::StatusOr<NewStudy> CheckNewStudy(const CreateStudyRequest& request);

}  // namespace parzen
