#include "worker/models/networks/augmentation.h"

#include <cmath>
#include <numbers>

namespace parzen {
namespace {

// Where a pixel comes from: a turn and a scale about the middle, then a move.
struct Placement {
  double cosine, sine;  // divided by the scale
  double down, right;
};

Placement Draw(const Augmentation& options, RandomStream& stream) {
  const double turn = options.rotate() * std::numbers::pi / 180;
  const double angle = stream.Uniform(-turn, turn);
  const double scale = 1 + stream.Uniform(-options.scale(), options.scale());
  const double down = stream.Uniform(-options.shift(), options.shift());
  const double right = stream.Uniform(-options.shift(), options.shift());
  return {std::cos(angle) / scale, std::sin(angle) / scale, down, right};
}

}  // namespace

bool Augments(const Augmentation& options) {
  return options.shift() != 0 || options.rotate() != 0 || options.scale() != 0;
}

void Augment(const Augmentation& options, const Shape& shape, RandomStream stream, const float* from, float* to) {
  const Placement place = Draw(options, stream);
  const double middle_y = static_cast<double>(shape.height - 1) / 2,
               middle_x = static_cast<double>(shape.width - 1) / 2;
  for (int64_t y = 0; y < shape.height; ++y) {
    for (int64_t x = 0; x < shape.width; ++x) {
      const double dy = static_cast<double>(y) - middle_y - place.down;
      const double dx = static_cast<double>(x) - middle_x - place.right;
      const double from_y = middle_y + place.cosine * dy - place.sine * dx;
      const double from_x = middle_x + place.sine * dy + place.cosine * dx;
      const auto top = static_cast<int64_t>(std::floor(from_y)), left = static_cast<int64_t>(std::floor(from_x));
      const auto to_bottom = static_cast<float>(from_y - std::floor(from_y));
      const auto to_right = static_cast<float>(from_x - std::floor(from_x));
      for (int64_t c = 0; c < shape.channels; ++c) {
        const auto pixel = [&](int64_t row, int64_t column) {
          const bool inside = row >= 0 && row < shape.height && column >= 0 && column < shape.width;
          return inside ? from[(row * shape.width + column) * shape.channels + c] : 0.F;
        };
        const float upper_part = pixel(top, left) * (1 - to_right) + pixel(top, left + 1) * to_right;
        const float lower_part = pixel(top + 1, left) * (1 - to_right) + pixel(top + 1, left + 1) * to_right;
        *to++ = upper_part * (1 - to_bottom) + lower_part * to_bottom;
      }
    }
  }
}

}  // namespace parzen
