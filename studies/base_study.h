// Studies that begin where another one ended (BaseSpec). Pure functions.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/study.pb.h"

namespace parzen {

// What a trial of the other study trained, and which trial that is.
struct BaseTrial {
  TrainSpec train;
  int64_t number = 0;
};
// Finds it. NotFound, FailedPrecondition: there is no such study or trial, or nothing that was trained; for people.
using FindBaseTrial = std::function<absl::StatusOr<BaseTrial>(const BaseSpec& base)>;

// Makes `spec`, which has a base, the study that it means: its `train` is the trial's, under the fields that it gives
// itself, and its base names the trial.
void PutOnBase(const BaseTrial& trial, StudySpec& spec);

// `over` on top of `under`: fields that `over` gives take the place of those of `under`; lists as a whole, messages
// field by field. Of a oneof, `over` decides the member.
TrainSpec OnTopOf(const TrainSpec& under, const TrainSpec& over);

}  // namespace parzen
