// Rows of floats that are bytes in disguise: each is offset + step * (0 .. 255), but for a rounding error. Grey levels
// are, divided by 255 or not; so are counts and columns of 0 and 1.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "worker/dataset.h"

namespace parzen {

struct ByteGrid {
  double offset = 0;
  double step = 1;
  double error = 0;  // no value is further from the grid
};

// The grid that all values lie on; nullopt: there is none, or there are too many columns for sums of products in 32
// bits. Uses TBB. Requires: finite values, at least one.
std::optional<ByteGrid> FindByteGrid(const FeatureRef& rows);

// The codes on a grid. Threads: immutable.
class ByteRows {
 public:
  // nullopt: a value is not on the grid. Uses TBB over rows.
  static std::optional<ByteRows> Encode(const FeatureRef& rows, const ByteGrid& grid);

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  // Codes of a row, followed by zeros up to stride(), a multiple of 32.
  const uint8_t* row(int64_t i) const { return codes_.data() + i * stride_; }
  int64_t stride() const { return stride_; }
  // The sum of its squares.
  double square(int64_t i) const;

 private:
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  int64_t stride_ = 0;
  std::vector<uint8_t> codes_;
};

// The same, as products want them: sixteen rows together, whose codes lie interleaved in pairs. Threads: immutable.
class BytePanels {
 public:
  static constexpr int64_t kRows = 16;

  // Uses TBB over panels.
  explicit BytePanels(const ByteRows& rows);

  int64_t rows() const { return rows_; }
  int64_t pairs() const { return pairs_; }
  // Of rows kRows * i and on: for each pair of columns, two codes of each row; zeros for rows beyond the last.
  const uint8_t* panel(int64_t i) const { return codes_.data() + i * pairs_ * 2 * kRows; }

 private:
  int64_t rows_;
  int64_t pairs_;
  std::vector<uint8_t> codes_;
};

}  // namespace parzen
