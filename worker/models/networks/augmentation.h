// Images changed at random: moved, turned and scaled about their middle. Pure functions.
#pragma once

#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/models/networks/layer.h"

namespace parzen {

// Whether it changes anything.
bool Augments(const Augmentation& options);

// `to` becomes a changed `from`, of that shape with nothing between pixels: each pixel is mixed of the four nearest
// ones where it comes from (bilinear), 0 from outside.
void Augment(const Augmentation& options, const Shape& shape, RandomStream stream, const float* from, float* to);

}  // namespace parzen
