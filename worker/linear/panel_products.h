// Matrix products for networks: many rows with weights that stay, and what those rows say of the weights.
//
// Weights of k inputs and n outputs are kept as panels of 16 outputs, each k x 16 and contiguous; the last panel has 8
// where that is enough. What is left over of it is 0. Inputs are read where they lie: a row is a few runs of contiguous
// numbers, at the same places behind each row's beginning, so that the windows of a convolution are rows, too.
//
// Kernels are of 6 rows and 16 outputs: 12 sums, 2 packets of weights and an input fill the 16 registers of AVX2. On
// one thread; the bits of a number depend on its row, its weights and the runs alone.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace parzen {

inline constexpr int64_t kPanelWidth = 16;
inline constexpr int64_t kPanelRows = 6;

// Outputs with what is left over of the last panel: a multiple of 8.
constexpr int64_t PaddedToPanels(int64_t outputs) { return (outputs + 7) / 8 * 8; }
constexpr int64_t PanelCount(int64_t outputs) { return (outputs + kPanelWidth - 1) / kPanelWidth; }
// 16, or 8 of a narrow last one.
constexpr int64_t WidthOfPanel(int64_t panel, int64_t outputs) {
  return PaddedToPanels(outputs) - panel * kPanelWidth < kPanelWidth ? 8 : kPanelWidth;
}

// Contiguous inputs of a row.
struct Run {
  int64_t offset;  // from the row's beginning
  int64_t length;
};

// Runs that are multiplied together, so few that their part of a panel stays in the first-level cache.
struct RunGroup {
  std::vector<Run> runs;
  int64_t first_input;  // how many inputs come before
};
// Cuts runs where they are longer.
std::vector<RunGroup> GroupRuns(absl::Span<const Run> runs);

// Rows that begin at the places of a grid, row by row.
struct RowGrid {
  int64_t rows, columns;
  int64_t row_step, column_step;
};

// The products of the grid's rows, as many as rows * columns, with one panel, inputs x width, of all groups: row i gets
// out[i * stride + lane], which begins with start[lane].
void MultiplyRows(const float* first, const RowGrid& grid, absl::Span<const RunGroup> groups, const float* panel,
                  int64_t width, const float* start, float* out, int64_t stride);

// Places in two grids of numbers: rows x columns of them, so far apart.
struct GridSteps {
  int64_t rows, columns;
  int64_t left_row, left_column;
  int64_t right_row, right_column;
};

// Adds to `panel`, inputs x width, the sum over all places of left[input] * right[lane]. Inputs: up to kPanelRows.
void AddOuterProducts(const float* left, int64_t inputs, const float* right, int64_t width, const GridSteps& steps,
                      float* panel);

}  // namespace parzen
