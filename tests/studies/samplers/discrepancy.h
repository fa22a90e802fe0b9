// How evenly points cover the unit cube.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace parzen {

// The L2 star discrepancy (Warnock, 1972) of the first `points` points of a sequence.
inline double L2StarDiscrepancy(int points, int dimensions, const std::function<double(int point, int dimension)>& at) {
  std::vector<std::vector<double>> x(points, std::vector<double>(dimensions));
  for (int i = 0; i < points; ++i) {
    for (int d = 0; d < dimensions; ++d) x[i][d] = at(i, d);
  }
  double single = 0, pairs = 0;
  for (int i = 0; i < points; ++i) {
    double product = 1;
    for (int d = 0; d < dimensions; ++d) product *= 1 - x[i][d] * x[i][d];
    single += product;
    for (int j = 0; j < points; ++j) {
      double pair = 1;
      for (int d = 0; d < dimensions; ++d) pair *= 1 - std::max(x[i][d], x[j][d]);
      pairs += pair;
    }
  }
  const double n = points;
  return std::sqrt(std::pow(3.0, -dimensions) - std::pow(2.0, 1 - dimensions) / n * single + pairs / (n * n));
}

// The root of its expected square when the points are random.
inline double RandomL2StarDiscrepancy(int points, int dimensions) {
  return std::sqrt((std::pow(2.0, -dimensions) - std::pow(3.0, -dimensions)) / points);
}

// Whether each of `points` equal intervals holds exactly one of the points `first` to `first` + points - 1.
inline bool FillsEachInterval(int first, int points, const std::function<double(int point)>& at) {
  std::vector<int> held(points, 0);
  for (int i = first; i < first + points; ++i) {
    const double coordinate = at(i);
    if (!(coordinate >= 0 && coordinate < 1)) return false;
    ++held[static_cast<int>(coordinate * points)];
  }
  return std::all_of(held.begin(), held.end(), [](int count) { return count == 1; });
}

}  // namespace parzen
