// Distances between all rows of a matrix, at the speed of matrix multiplication, in 64-bit floats.
//
// A squared distance is the sum of both squares less twice the product; where little is left of that, it is computed
// anew from the differences. What is cut where depends on the number of rows alone.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>

namespace parzen {

using DoubleRows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// distances(i, j): of the rows first + i and other + j; 0 of a row from itself.
using UseDistances =
    std::function<void(int64_t first, int64_t other, const Eigen::Ref<const DoubleRows, 0, Eigen::OuterStride<>>&)>;

inline constexpr int64_t kDistanceRows = 128;

// Calls `use` for all tiles, kDistanceRows rows high or less: for one `first` one after another, with ascending
// `other`, and for several at a time, on the threads of the task arena it is called in. `use` must not wait for TBB.
// `stop` is asked before each tile, from any thread; after a yes the rest is left out. Rows that lie around the origin
// lose the least.
void ForEachDistanceTile(const DoubleRows& rows, const std::function<bool()>& stop, const UseDistances& use);

}  // namespace parzen
