// Products of many rows with few others (classes, principal components): the work of linear models, where a general
// matrix product would pad the few to a multiple of its kernel's width.
//
// One kernel for each direction, on one thread, over rows that should fit into the second-level cache. The bits of a
// product depend on its two rows alone. Number: float or double.
#pragma once

#include <cstdint>

namespace parzen {

// A matrix somewhere else: row i begins at data + i * stride. Borrows.
template <typename Number>
struct RowsOf {
  Number* data;
  int64_t rows;
  int64_t stride;

  Number* row(int64_t i) const { return data + i * stride; }
  RowsOf middle(int64_t first, int64_t count) const { return {row(first), count, stride}; }
};

// products[i * row_step + j * few_step] = <row i of many, row j of few>, over `columns` numbers.
template <typename Number>
void MultiplyNarrow(RowsOf<const Number> many, RowsOf<const Number> few, int64_t columns, Number* products,
                    int64_t row_step, int64_t few_step);

// Adds to row j of `sums` the rows of `many`, each times its share[j][row]: sums += share * many, where share has as
// many rows as sums has and as many columns as many has rows. Rows are added in order.
template <typename Number>
void AddWeightedRows(RowsOf<const Number> share, RowsOf<const Number> many, int64_t columns, RowsOf<Number> sums);

}  // namespace parzen
