// The learning rate of each step. Pure functions.
#pragma once

#include <cstdint>

#include "proto/train.pb.h"

namespace parzen {

// Of step `step` (from 0) of `steps_per_epoch` in each of `training`'s epochs.
double LearningRate(const Training& training, int64_t step, int64_t steps_per_epoch);

}  // namespace parzen
