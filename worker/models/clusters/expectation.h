// Expectation of a Gaussian mixture: with which probability a row belongs to each component, and how dense rows are.
//
// Sums run over fixed blocks of rows and are added up in order, in 64-bit floats. Everything uses the task arena it is
// called in and gives the same bits for any number of threads. Requires: a learned mixture of as many features.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/dataset.h"
#include "worker/models/clusters/gaussians.h"
#include "worker/models/stop_check.h"

namespace parzen {

// The mean over the rows of the logarithm of their density. `shares`, where given, become the probabilities, components
// x rows (Bishop, Pattern Recognition and Machine Learning, 2006, equation 9.23); those that are less than 1e-12 are 0.
// After a stop it is of no use. Requires: a row.
double Expect(const Gaussians& gaussians, const FeatureRef& rows, FeatureMatrix* shares, StopCheck& stop);

// The most probable component of each row, of equals the first.
std::vector<int32_t> MostProbable(const Gaussians& gaussians, const FeatureRef& rows);

}  // namespace parzen
