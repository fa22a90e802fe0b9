// Binned features laid out for growing trees: by column for large nodes, by row to cut small blocks from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/binned_features.h"
#include "worker/models/code_buffer.h"

namespace parzen {

// One row of a tree's training set. A row drawn several times stands once, with its weight.
struct Sample {
  uint32_t row;  // in the columns that it is used with
  uint16_t label;
  uint16_t weight;
};

// Columns of codes at a fixed distance. Borrowed.
struct CodeColumns {
  const uint8_t* data;
  size_t stride;

  const uint8_t* column(int feature) const { return data + feature * stride; }
};

// Threads: immutable. Borrows the binned features.
class CodeTable {
 public:
  // Uses TBB; the result does not depend on the number of threads.
  explicit CodeTable(const BinnedFeatures& binned);

  const BinnedFeatures& binned() const { return binned_; }
  int features() const { return binned_.features(); }
  CodeColumns columns() const { return {binned_.column(0), static_cast<size_t>(binned_.rows())}; }
  // The code that most rows have: in sparse data the background, which a split search need not count.
  uint8_t common_code(int feature) const { return common_codes_[feature]; }

  // Bytes that a row takes in a block.
  size_t row_bytes() const { return row_stride_; }
  // Bytes that CutBlock needs for `rows` rows.
  size_t BlockBytes(size_t rows) const { return row_stride_ * BlockStride(rows); }
  // Copies the codes of `rows` into `block`, column by column; rows[i] is row i there.
  CodeColumns CutBlock(const uint32_t* rows, size_t count, uint8_t* block) const;

 private:
  // An odd number of cache lines, so that neighbouring columns do not fall into the same cache sets.
  static size_t BlockStride(size_t rows) { return ((rows + 63) / 64 | 1) * 64; }

  const BinnedFeatures& binned_;
  std::vector<uint8_t> common_codes_;
  size_t row_stride_;  // features, rounded up to whole tiles
  CodeBuffer by_row_;  // rows x row_stride_
};

}  // namespace parzen
