// How UMAP turns the distance of two places into how surely they are neighbours: 1 / (1 + a d^2b) (McInnes, Healy and
// Melville, 2018, definition 11).
#pragma once

namespace parzen {

struct UmapCurve {
  double a = 1;
  double b = 1;
};

// The curve nearest, by least squares at 300 distances up to three times `spread`, to the one that is 1 up to
// `min_distance` and falls off as exp(-(d - min_distance) / spread) from there. A pure function. Requires:
// 0 <= min_distance <= spread, and 0 < spread.
UmapCurve FitUmapCurve(double min_distance, double spread);

}  // namespace parzen
