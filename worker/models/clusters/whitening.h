// Turns rows x of covariance L L' into rows of unit covariance, x L'^-1: of 32-bit floats at the speed of matrix
// products, of which the zeros below the diagonal are left out; of 64-bit ones by solving. On one thread. Immutable.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "worker/linear/panel_products.h"
#include "worker/models/clusters/round_place.h"

namespace parzen {

class Whitening {
 public:
  // Takes L, whose upper half is 0. Requires: a positive diagonal.
  explicit Whitening(Eigen::MatrixXd factor);

  const Eigen::MatrixXd& factor() const { return factor_; }
  // Half the logarithm of the covariance's determinant.
  double LogDeterminant() const;
  // The largest mean square of a whitened feature, were features independent of each other and had these mean squares:
  // the square of what their rounding is multiplied by. Infinite where 32-bit floats do not reach.
  double Amplification(const Eigen::RowVectorXd& squares) const;

  // Requires: padded rows of as many features; those of `whitened`, as large, are overwritten.
  void Apply(const PaddedRows<float>& rows, PaddedRows<float>& whitened) const;
  void Apply(const PaddedRows<double>& rows, PaddedRows<double>& whitened) const;
  Eigen::RowVectorXd Apply(const Eigen::RowVectorXd& row) const;

 private:
  // Columns of the inverse from `first` on, and how many of its rows are not 0 there.
  struct Panel {
    int64_t first, width, inputs;
    std::vector<RunGroup> groups;
    std::vector<float> weights;  // inputs x width
  };

  Eigen::MatrixXd factor_;
  std::vector<Panel> panels_;
};

// Of rows of a covariance, of which the lower half is looked at. nullopt when it is singular: when what a feature
// varies by itself, without those before it, is no more than rounding of its variance.
std::optional<Whitening> WhitenCovariance(const Eigen::MatrixXd& covariance);

}  // namespace parzen
