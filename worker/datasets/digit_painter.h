// Draws one handwritten-looking digit: a glyph with jittered knots, a random affine map, an elastic distortion, a pen
// of random width and pressure, and a little noise. Pure function of the digit and the random stream.
#pragma once

#include "absl/types/span.h"
#include "base/random_stream.h"

namespace parzen {

inline constexpr int kDigitSide = 28;
inline constexpr int kDigitPixels = kDigitSide * kDigitSide;

// Fills `pixels` (kDigitPixels of them, row by row) with whole numbers from 0 (paper) to 255 (ink).
// Requires: 0 <= digit < 10.
void PaintDigit(int digit, RandomStream& stream, absl::Span<float> pixels);

}  // namespace parzen
