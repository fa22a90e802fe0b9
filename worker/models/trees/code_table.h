// Binned features laid out for growing trees: by column for large nodes, by row to cut small blocks from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/binned_features.h"
#include "worker/models/trees/code_buffer.h"

namespace parzen {

// One row of a tree's training set. A row drawn several times stands once, with its weight.
struct Sample {
  uint32_t row;  // in the columns that it is used with
  uint16_t label;
  uint16_t weight;
};

// The codes of one feature. Borrowed.
struct CodeColumn {
  const uint8_t* codes;
  const uint64_t* uncommon;  // bit r: row r has another code than the common one
  uint8_t common_code;
};

// The codes of some rows, column by column. Borrowed.
struct CodeColumns {
  const uint8_t* codes;
  size_t stride;  // bytes from column to column
  const uint64_t* uncommon;
  size_t words;  // of a column's bitmap
  const uint8_t* common_codes;

  CodeColumn column(int feature) const {
    return {codes + feature * stride, uncommon + feature * words, common_codes[feature]};
  }
};

// Room for a block of rows.
struct CodeBlock {
  CodeBuffer codes;
  std::vector<uint64_t> uncommon;
};

// Threads: immutable. Borrows the binned features.
class CodeTable {
 public:
  // Uses TBB; the result does not depend on the number of threads.
  explicit CodeTable(const BinnedFeatures& binned);

  const BinnedFeatures& binned() const { return binned_; }
  int features() const { return binned_.features(); }
  // Of all rows.
  CodeColumns columns() const {
    return {binned_.column(0), static_cast<size_t>(binned_.rows()), uncommon_.data(), words_, common_codes_.data()};
  }
  // Bytes that a row takes in a block.
  size_t row_bytes() const { return row_stride_; }
  // Copies the codes of `rows` into `block`; rows[i] is row i there.
  CodeColumns CutBlock(const std::vector<uint32_t>& rows, CodeBlock& block) const;

 private:
  const BinnedFeatures& binned_;
  // The code that most rows have: in sparse data the background, which need not be counted.
  std::vector<uint8_t> common_codes_;
  size_t words_;
  std::vector<uint64_t> uncommon_;
  size_t row_stride_;  // features, rounded up to whole tiles
  CodeBuffer by_row_;  // rows x row_stride_
};

}  // namespace parzen
