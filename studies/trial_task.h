// From a point to what a worker is sent. Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/study.pb.h"
#include "proto/work.pb.h"
#include "studies/search_space.h"

namespace parzen {

// The task of trial `number` at `point`. `space` is the study's, `files` those of its dataset. Internal if the point
// fails Check.
absl::StatusOr<TrialTask> MakeTrialTask(const StudySpec& spec, const SearchSpace& space, const Point& point,
                                        int64_t number, const std::vector<DatasetFile>& files);

}  // namespace parzen
