// Whether a training's options can be right, before there is any data. Pure function.
#pragma once

#include "absl/status/status.h"
#include "proto/train.pb.h"

namespace parzen {

// What a training with these options would say whatever its data: InvalidArgument names the field, its value and what
// would be right. Opens no file, and costs next to nothing.
absl::Status CheckTrainSpec(const TrainSpec& spec);

// Whether there is anything to find out by training once more, on training and validation rows together: not of an
// embedder, which has placed all rows in its trial.
bool HasFinalTraining(const TrainSpec& spec);

}  // namespace parzen
