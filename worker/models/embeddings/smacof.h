// Places whose distances are given ones, as well as it can be: scaling by majorising a complicated function (SMACOF).
//
// The stress of places x is the sum over pairs i < j of (d_ij - |x_i - x_j|)^2. A round replaces all places by the
// Guttman transform, x_i <- 1/n sum_j d_ij / |x_i - x_j| (x_i - x_j), which never raises the stress (de Leeuw, 1977;
// Borg and Groenen, Modern Multidimensional Scaling, 2005, equations 8.24 and 8.25 with equal weights). Two rows at the
// same place pull each other nowhere.
//
// Several starts go on side by side, so that distances are read from memory once for all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/dataset.h"

namespace parzen {

struct SmacofOptions {
  // A start ends after so many rounds, or when a round lowers stress / (sum over rows of |x_i|) by less than
  // `tolerance`, its stress taken before the round and its places after it, as in scikit-learn 1.2.
  int64_t max_iterations = 300;
  double tolerance = 1e-3;
  // Asked often, from any thread.
  std::function<bool()> stop = [] { return false; };
  // Told after each round of the least stress of all starts: each after so many rounds, or where it ended. False: end.
  std::function<bool(int64_t round, double stress)> report = [](int64_t, double) { return true; };
};

struct Smacof {
  FeatureMatrix places;  // rows x dimensions; their mean is 0
  double stress = 0;     // of these places
  int64_t iterations = 0;
  bool converged = false;
};

// The start that ends with the least stress; the first of equals. Distances and places are of 32 bits, sums of 64: the
// same bits for any number of threads; uses the task arena it is called in. Takes 32 bytes for each row and start.
// Cancelled: `stop` or `report` said so. Requires: `distances` is symmetric with zeros on the diagonal; there are
// starts, each of a row for each of its rows and of up to three columns; their squares are 32-bit floats.
absl::StatusOr<Smacof> RunSmacof(const FeatureRef& distances, const std::vector<FeatureMatrix>& starts,
                                 const SmacofOptions& options);

// The stress of places. Requires: as above.
double StressOf(const FeatureRef& distances, const FeatureMatrix& places);

}  // namespace parzen
