// How the digits 0 to 9 are written: pen strokes in a unit box, several styles for most digits.
// Threads: immutable.
#pragma once

#include <vector>

#include "absl/types/span.h"

namespace parzen {

struct Point {
  float x;  // to the right
  float y;  // down
};

inline Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
inline Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
inline Point operator*(float s, Point a) { return {s * a.x, s * a.y}; }

// A point the pen passes through; it turns sharply at a corner and smoothly elsewhere.
struct Knot {
  Point at;
  bool corner;
};

using Stroke = std::vector<Knot>;
// One style of one digit.
using Glyph = std::vector<Stroke>;

// The styles of `digit`, never none. Requires: 0 <= digit < 10.
absl::Span<const Glyph> GlyphsOf(int digit);

}  // namespace parzen
