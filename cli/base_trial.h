// The trial that a study with a base goes on from.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/study_source.h"
#include "proto/study.pb.h"
#include "studies/base_study.h"

namespace parzen {

// What the base trial of study `name` trained: the one that `base` names; else, where there is a study `name` on the
// same base already, the one that it began with; else the best that there is. With `base.activations`, its dataset is
// what that trial has kept of them, which is written into this machine's cache. NotFound, FailedPrecondition: there is
// none.
absl::StatusOr<BaseTrial> FindBaseTrialOf(StudySource& source, const std::string& name, const BaseSpec& base);

}  // namespace parzen
