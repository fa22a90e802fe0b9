#include "worker/models/networks/image_windows.h"

#include <algorithm>

namespace parzen {

void Spread(const float* image, const Shape& shape, const SpreadImage& spread, std::vector<float>& to) {
  to.assign(static_cast<size_t>(spread.numbers()), 0);
  for (int64_t y = 0; y < shape.height; ++y) {
    const int64_t row = spread.top + y * spread.step;
    if (row < 0 || row >= spread.height) continue;
    for (int64_t x = 0; x < shape.width; ++x) {
      const int64_t column = spread.left + x * spread.step;
      if (column < 0 || column >= spread.width) continue;
      std::copy_n(image + (y * shape.width + x) * shape.pixel_stride, spread.channels,
                  to.data() + (row * spread.width + column) * spread.channels);
    }
  }
}

}  // namespace parzen
