// Eigenvalues and eigenvectors of a symmetric matrix: Householder's tridiagonal form, then QR steps with Wilkinson's
// shift (Golub and Van Loan, Matrix Computations, 2013, algorithms 8.3.1 to 8.3.3).
//
// Most of the time goes into rotating the vectors. Their rows do not touch each other, so rotations are collected and
// applied to a few rows at a time, which stay in the cache, on all threads; the bits do not depend on their number.
#pragma once

#include <Eigen/Core>

#include "absl/status/statusor.h"

namespace parzen {

struct SymmetricEigen {
  Eigen::VectorXd values;   // descending
  Eigen::MatrixXd vectors;  // one a column, of length 1, in the order of the values
};

// Uses the task arena it is called in. Takes three matrices of that size for a while. Internal: the steps did not come
// to an end, as with numbers that are not finite. Requires: a square, symmetric matrix of at least one row.
absl::StatusOr<SymmetricEigen> SolveSymmetric(const Eigen::MatrixXd& matrix);

}  // namespace parzen
