// Where weights begin. Pure function.
#pragma once

#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/models/networks/network.h"

namespace parzen {

// Draws the weights of each layer in their order, as `training.initializer` says. Scales begin with 1, biases with 0,
// unless all weights are uniform.
void InitializeWeights(const Training& training, RandomStream stream, Network& network);

}  // namespace parzen
