#include "worker/models/networks/layer.h"

#include "worker/linear/panel_products.h"

namespace parzen {
namespace {

constexpr int64_t kLine = 16;     // floats of a cache line
constexpr int64_t kFewLines = 8;  // shorter rows do not compete for the same sets of the cache

}  // namespace

Shape PackedShape(int64_t height, int64_t width, int64_t channels) { return {height, width, channels, channels}; }

Shape LayerShape(int64_t height, int64_t width, int64_t channels) {
  Shape shape{height, width, channels, PaddedToPanels(channels)};
  if (shape.pixels() > 1 || channels <= kFewLines * kLine) return shape;
  // Rows that are a power of two apart would share a few sets of the cache: an odd number of lines avoids that.
  shape.pixel_stride = ((channels + kLine - 1) / kLine | 1) * kLine;
  return shape;
}

}  // namespace parzen
