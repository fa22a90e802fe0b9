#include "worker/linear/panel_products.h"

#include <immintrin.h>

#include <algorithm>

namespace parzen {
namespace {

constexpr int kLanes = 8;
// 20 KiB of a panel, beside as many inputs of six rows.
constexpr int64_t kInputsPerGroup = 320;

template <int kRows, int kPackets>
void MultiplyTile(const float* const* rows, absl::Span<const Run> runs, const float* panel, const float* start,
                  float* out, int64_t stride) {
  __m256 sums[kRows][kPackets];
#pragma GCC unroll 6
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int p = 0; p < kPackets; ++p) {
      sums[r][p] = _mm256_loadu_ps(start == nullptr ? out + r * stride + p * kLanes : start + p * kLanes);
    }
  }
  for (const Run& run : runs) {
    const float* inputs[kRows];
#pragma GCC unroll 6
    for (int r = 0; r < kRows; ++r) inputs[r] = rows[r] + run.offset;
    for (int64_t i = 0; i < run.length; ++i, panel += kPackets * kLanes) {
      __m256 weights[kPackets];
#pragma GCC unroll 2
      for (int p = 0; p < kPackets; ++p) weights[p] = _mm256_loadu_ps(panel + p * kLanes);
#pragma GCC unroll 6
      for (int r = 0; r < kRows; ++r) {
        const __m256 input = _mm256_broadcast_ss(inputs[r] + i);
#pragma GCC unroll 2
        for (int p = 0; p < kPackets; ++p) sums[r][p] = _mm256_fmadd_ps(input, weights[p], sums[r][p]);
      }
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int p = 0; p < kPackets; ++p) _mm256_storeu_ps(out + r * stride + p * kLanes, sums[r][p]);
  }
}

template <int kInputs, int kPackets>
void AddTile(const float* left, const float* right, const GridSteps& steps, float* panel) {
  __m256 sums[kInputs][kPackets];
#pragma GCC unroll 6
  for (int i = 0; i < kInputs; ++i) {
#pragma GCC unroll 2
    for (int p = 0; p < kPackets; ++p) sums[i][p] = _mm256_loadu_ps(panel + (i * kPackets + p) * kLanes);
  }
  for (int64_t row = 0; row < steps.rows; ++row) {
    const float* a = left + row * steps.left_row;
    const float* b = right + row * steps.right_row;
    for (int64_t column = 0; column < steps.columns; ++column, a += steps.left_column, b += steps.right_column) {
      __m256 lanes[kPackets];
#pragma GCC unroll 2
      for (int p = 0; p < kPackets; ++p) lanes[p] = _mm256_loadu_ps(b + p * kLanes);
#pragma GCC unroll 6
      for (int i = 0; i < kInputs; ++i) {
        const __m256 input = _mm256_broadcast_ss(a + i);
#pragma GCC unroll 2
        for (int p = 0; p < kPackets; ++p) sums[i][p] = _mm256_fmadd_ps(input, lanes[p], sums[i][p]);
      }
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < kInputs; ++i) {
#pragma GCC unroll 2
    for (int p = 0; p < kPackets; ++p) _mm256_storeu_ps(panel + (i * kPackets + p) * kLanes, sums[i][p]);
  }
}

using Multiply = void (*)(const float* const*, absl::Span<const Run>, const float*, const float*, float*, int64_t);
constexpr Multiply kMultiply[kPanelRows][2] = {
    {&MultiplyTile<1, 1>, &MultiplyTile<1, 2>}, {&MultiplyTile<2, 1>, &MultiplyTile<2, 2>},
    {&MultiplyTile<3, 1>, &MultiplyTile<3, 2>}, {&MultiplyTile<4, 1>, &MultiplyTile<4, 2>},
    {&MultiplyTile<5, 1>, &MultiplyTile<5, 2>}, {&MultiplyTile<6, 1>, &MultiplyTile<6, 2>}};

using Add = void (*)(const float*, const float*, const GridSteps&, float*);
constexpr Add kAdd[kPanelRows][2] = {{&AddTile<1, 1>, &AddTile<1, 2>}, {&AddTile<2, 1>, &AddTile<2, 2>},
                                     {&AddTile<3, 1>, &AddTile<3, 2>}, {&AddTile<4, 1>, &AddTile<4, 2>},
                                     {&AddTile<5, 1>, &AddTile<5, 2>}, {&AddTile<6, 1>, &AddTile<6, 2>}};

}  // namespace

std::vector<RunGroup> GroupRuns(absl::Span<const Run> runs) {
  std::vector<RunGroup> groups;
  int64_t inputs = 0, room = 0;
  for (Run run : runs) {
    while (run.length > 0) {
      if (room == 0) {
        groups.push_back({{}, inputs});
        room = kInputsPerGroup;
      }
      const int64_t length = std::min(run.length, room);
      groups.back().runs.push_back({run.offset, length});
      run = {run.offset + length, run.length - length};
      inputs += length;
      room -= length;
    }
  }
  return groups;
}

void MultiplyRows(const float* first, const RowGrid& grid, absl::Span<const RunGroup> groups, const float* panel,
                  int64_t width, const float* start, float* out, int64_t stride) {
  const int packets = width == kPanelWidth ? 1 : 0;
  const int64_t all = grid.rows * grid.columns;
  for (size_t group = 0; group < groups.size(); ++group) {
    const float* const weights = panel + groups[group].first_input * width;
    const float* row = first;
    int64_t column = 0;
    for (int64_t done = 0; done < all; done += kPanelRows) {
      const int64_t count = std::min(kPanelRows, all - done);
      const float* rows[kPanelRows];
      for (int64_t r = 0; r < count; ++r) {
        rows[r] = row + column * grid.column_step;
        if (++column < grid.columns) continue;
        column = 0;
        row += grid.row_step;
      }
      kMultiply[count - 1][packets](rows, groups[group].runs, weights, group == 0 ? start : nullptr,
                                    out + done * stride, stride);
    }
  }
}

void AddOuterProducts(const float* left, int64_t inputs, const float* right, int64_t width, const GridSteps& steps,
                      float* panel) {
  kAdd[inputs - 1][width == kPanelWidth ? 1 : 0](left, right, steps, panel);
}

}  // namespace parzen
