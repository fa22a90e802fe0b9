// The second and third layer of reading a study: every field against its Rule, and what fields say together. Pure
// functions.
#pragma once

#include "proto/study.pb.h"
#include "studies/problem.h"

namespace parzen {

inline constexpr int kMaxObjectives = 16;

void CheckSpec(const StudySpec& spec, ProblemList& problems);

}  // namespace parzen
