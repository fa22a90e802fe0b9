// The largest of each pool x pool pixels of an image, of each channel by itself. The first of equals counts; what is
// left at the right and at the bottom is dropped. Threads: const methods may be called at the same time.
#pragma once

#include <cstdint>

#include "worker/models/networks/layer.h"

namespace parzen {

class MaxPool {
 public:
  // Requires: pixels of `in` so far apart that there is room for whole packets of 8 channels.
  MaxPool(const Shape& in, int64_t pool)
      : pool_(pool), in_(in), out_(LayerShape(in.height / pool, in.width / pool, in.channels)) {}

  const Shape& output() const { return out_; }

  // `which`: set to the place in its pool of each output, numbers as many as the output's; or null.
  void Pool(const float* in, float* out, int32_t* which) const;
  // Sets the gradients of the inputs.
  void Unpool(const float* out_gradient, const int32_t* which, float* in_gradient) const;

 private:
  // Calls use(pooled pixel's first number, its pool's).
  template <typename Use>
  void ForEach(const Use& use) const {
    for (int64_t y = 0; y < out_.height; ++y) {
      for (int64_t x = 0; x < out_.width; ++x) {
        use((y * out_.width + x) * out_.pixel_stride, (y * pool_ * in_.width + x * pool_) * in_.pixel_stride);
      }
    }
  }
  // Numbers from the first pixel of a pool to another.
  int64_t Place(int64_t place) const { return (place / pool_ * in_.width + place % pool_) * in_.pixel_stride; }

  const int64_t pool_;
  const Shape in_;
  const Shape out_;
};

}  // namespace parzen
