// Rows laid out for multiplication, and dot products of every row of one such matrix with every row of another at the
// speed of matrix multiplication: what kernels are made of.
//
// Unlike worker/linear/product_tiles.h it is as fast for a few dozen rows, and keeps the layout of what is used often.
// The bits of a product depend on its two rows alone: they are added up column after column, each by one fused
// multiply-add, so <u, v> and <v, u> are the same, and so are <u, u> and the squared norm.
#pragma once

#include <Eigen/Core>
#include <cstdint>

#include "absl/types/span.h"
#include "worker/dataset.h"

namespace parzen {

// Rows that lie side by side, column after column, on the left and on the right of a product.
inline constexpr int64_t kStripRows = 6;
inline constexpr int64_t kPanelRows = 16;

// Immutable.
class PackedRows {
 public:
  PackedRows() = default;
  // The rows of `rows` named by `order`, less `centre` (a number a column). Strips or panels: `group` is kStripRows or
  // kPanelRows. Takes 4 bytes a value, and as many again for no more than group - 1 rows of padding.
  PackedRows(int64_t group, const FeatureRef& rows, absl::Span<const int64_t> order, absl::Span<const float> centre);

  int64_t rows() const { return rows_; }
  // A multiple of `group`; what is beyond rows() is zero.
  int64_t padded_rows() const { return norms_.size(); }
  int64_t columns() const { return columns_; }
  int64_t groups() const { return rows_ == 0 ? 0 : padded_rows() / group_; }
  // columns x group numbers.
  const float* group(int64_t g) const { return values_.data() + g * group_ * columns_; }
  // The rows again, one after another, less what was the centre.
  FeatureMatrix Unpacked() const;
  // Sums of squares, padded_rows() of them.
  const float* norms() const { return norms_.data(); }

 private:
  int64_t group_ = 1;
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  Eigen::ArrayXf values_;
  Eigen::ArrayXf norms_;
};

// out[i][16 p + j] = <row i of strips, row 16 (first + p) + j of panels> for the panels [first, last). Requires: as
// many columns in both; out names a place for each row of strips, without the padding.
void MultiplyRows(const PackedRows& strips, const PackedRows& panels, int64_t first, int64_t last,
                  absl::Span<float* const> out);

}  // namespace parzen
