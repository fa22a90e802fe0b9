// The weights that a training begins with. Pure function.
#pragma once

#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/models/networks/network.h"

namespace parzen {

// Draws the weights of each layer in their order, as `training.initializer` says. Biases are 0, unless all
// are UNIFORM; scales of batch normalisation are 1 and its shifts 0, always.
void InitializeWeights(const Training& training, RandomStream stream, Network& network);

}  // namespace parzen
