// The first principal components of data that is too large to find all of them.
//
// Subspace iteration from a random start (Halko, Martinsson and Tropp, "Finding structure with randomness", 2011,
// algorithm 4.4): directions, some more than wanted, are multiplied by the rows' second moments and made orthogonal
// again until what is seen of them (Rayleigh-Ritz) stays the same. The moments themselves are never made.
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "absl/status/statusor.h"
#include "worker/dataset.h"

namespace parzen {

struct LeadingDirections {
  Eigen::VectorXd squares;  // of the rows along each direction, their sum; descending
  Eigen::MatrixXd vectors;  // one a column, of length 1
};

// The `count` directions along which the sum over all rows r of ((r - centre) * scale)^2 is largest, each from those
// before it: to rounding where the sums fall off, and where they hardly differ some directions between them. Always
// the same random start, and fixed blocks of rows, whose sums are added in order: the same for any number of threads;
// uses the task arena it is called in. Products are of 32-bit floats, added up in 64 bits. Takes up to 8 matrices of
// columns x (5/4 count + 10) 64-bit floats for a while, 4 when these are large. Internal: numbers that are not finite.
// Requires: 1 <= count <= rows, columns.
absl::StatusOr<LeadingDirections> FindLeadingDirections(const FeatureRef& rows, const Eigen::RowVectorXd& centre,
                                                        double scale, int64_t count);

}  // namespace parzen
