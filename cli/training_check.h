// Whether a study's trainings can be done, told before the first of them: as far as their options alone say. Threads:
// any.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/study.pb.h"
#include "studies/text_check.h"

namespace parzen {

// Checks the trainings of some points of the search space, drawn at random and always the same. InvalidArgument: none
// can be done, and why, as a problem of the study file `file`, whose text is `text`. Otherwise what to warn of: that
// some cannot; "" when all can. Costs next to nothing. Requires: CheckStudySpec has no problem, and the study trains.
absl::StatusOr<std::string> CheckTrainings(const StudySpec& spec, const StudyText& text, absl::string_view file);

}  // namespace parzen
