// Images with zeros around them, and between their pixels: what convolutions and their gradients read.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/models/networks/layer.h"

namespace parzen {

// An image of height x width pixels of `channels`, nothing between them, whose own pixels are `step` apart from (`top`,
// `left`) on; the others are 0.
struct SpreadImage {
  int64_t height, width, channels;
  int64_t top, left, step;

  int64_t numbers() const { return height * width * channels; }
};

// Spreads an image of that shape out; own pixels that lie outside are dropped.
void Spread(const float* image, const Shape& shape, const SpreadImage& spread, std::vector<float>& to);

}  // namespace parzen
