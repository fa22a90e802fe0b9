// How far rows are from a Gaussian, in coordinates in which it is round: the work of a mixture's expectation, and its
// distances are those of Mahalanobis (1936).
//
// In 32-bit floats, and in 64-bit ones where rounding would be seen. On one thread; the bits of a distance depend on
// its block and its Gaussian alone. Immutable.
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "worker/linear/panel_products.h"

namespace parzen {

// Rows with zeros behind them: as many columns as PaddedToPanels says.
template <typename Number>
using PaddedRows = Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename Number>
using PaddedRow = Eigen::Matrix<Number, 1, Eigen::Dynamic>;

// Squares of lengths up to which the rounding of a row to 32 bits, multiplied by that length, does not matter.
inline constexpr double kSquareForFloats = double{1 << 24};

class RoundPlace {
 public:
  // Rows are in those coordinates after * scale + offset. `exact`: 32-bit floats will not do.
  RoundPlace(const Eigen::RowVectorXd& scale, const Eigen::RowVectorXd& offset, bool exact);

  // distances[i] = the sum over columns of (row i * scale + offset)^2. Block::Get<Number> gives PaddedRows.
  template <typename Block>
  void Measure(Block& block, double* distances) const {
    if (!exact_ && MeasureRows(block.template Get<float>(), distances)) return;
    MeasureRows(block.template Get<double>(), distances);
  }

 private:
  // False: the numbers are too large for that.
  bool MeasureRows(const PaddedRows<float>& rows, double* distances) const;
  bool MeasureRows(const PaddedRows<double>& rows, double* distances) const;

  bool exact_;
  PaddedRow<double> scale_, offset_;
  PaddedRow<float> float_scale_, float_offset_;
};

}  // namespace parzen
