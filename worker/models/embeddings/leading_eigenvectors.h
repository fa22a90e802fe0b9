// The first eigenvectors of a symmetric matrix that is known by what it does to vectors, when one of them is known
// already: by Spectra's restarted Lanczos steps (Calvetti, Reichel and Sorensen, 1994), of few rows by all of them.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/statusor.h"

namespace parzen {

// y = A x, for an A that is symmetric and positive semidefinite.
using SymmetricProduct = std::function<void(const Eigen::VectorXd& x, Eigen::VectorXd& y)>;

struct EigenSearch {
  int64_t count = 0;     // of eigenvectors that are wanted
  int64_t basis = 0;     // vectors that are kept between restarts; more than count
  double tolerance = 0;  // of the residual, as a share of the eigenvalue
  int64_t most_restarts = 0;
};

// One a column, of length 1, that of the largest eigenvalue first, all orthogonal to `known`, an eigenvector of length
// 1 that is left out. The largest number of each, by absolute value, is positive. nullopt: they are not found in so
// many restarts. Cancelled: `stop`, which is asked before each product, said so. The bits depend on those of the
// products alone. Takes rows x basis numbers. Requires: count < rows.
absl::StatusOr<std::optional<Eigen::MatrixXd>> LeadingEigenvectors(const SymmetricProduct& product,
                                                                   const Eigen::VectorXd& known,
                                                                   const EigenSearch& search,
                                                                   const std::function<bool()>& stop);

}  // namespace parzen
