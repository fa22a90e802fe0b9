// The Cholesky factor of a large symmetric matrix of which most numbers are 0.
//
// Rows and columns are eliminated in an order of small degree (Amestoy, Davis and Duff, "An approximate minimum degree
// ordering algorithm", 1996), column by column (Davis, Direct Methods for Sparse Linear Systems, 2006, chapter 4),
// until what is left of the matrix has filled up: the graphs of neighbours of rows with many features do so early. The
// rest is a full matrix, factored by tiles at the speed of matrix multiplication.
//
// Threads: externally synchronised; Factor uses TBB, and the bits do not depend on the number of its threads.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/models/embeddings/sparse_rows.h"

namespace parzen {

class SparseCholesky {
 public:
  using Stop = std::function<bool()>;  // any thread asks it; a yes gives Cancelled

  // Chooses the order. ResourceExhausted: the factor needs more than a few gigabytes. Requires: symmetric, with all
  // numbers of the diagonal there.
  static absl::StatusOr<SparseCholesky> Plan(const SparseRows& matrix, const Stop& stop);

  // Factors matrix + shift * I. FailedPrecondition: this is not positive definite; Factor may be called again.
  absl::Status Factor(double shift, const Stop& stop);

  // x = (matrix + shift * I)^-1 x. Requires: Factor returned OK.
  void Solve(Eigen::VectorXd& x) const;

 private:
  SparseCholesky() = default;

  void Permute(const SparseRows& matrix);
  absl::Status LayOutColumns(const Stop& stop);
  absl::Status FactorSparse(double shift, const Stop& stop);
  void StartDense(double shift);
  absl::Status SubtractSparse(const Stop& stop);
  absl::Status FactorDense(const Stop& stop);

  int64_t rows_ = 0;
  std::vector<int32_t> order_;  // the row of the matrix that is eliminated first, second, ...
  SparseRows matrix_;           // in that order; its upper triangle

  // The factor's columns that are kept sparse: rows below the diagonal, ascending.
  int64_t sparse_ = 0;  // so many
  std::vector<size_t> begins_ = {0};
  std::vector<int32_t> below_;
  std::vector<double> values_;
  std::vector<double> diagonal_;
  Eigen::MatrixXd dense_;  // the lower triangle of the others
};

}  // namespace parzen
