// Dot products of every row of one matrix with every row of another: the work of nearest neighbours, kernels and linear
// models, at the speed of matrix multiplication.
//
// The bits of a product depend on its two rows alone: not on where they lie, how many others there are, the number of
// threads or the caches of the machine.
#pragma once

#include <cstdint>
#include <functional>

#include "worker/dataset.h"

namespace parzen {

// Rows of a tile; its sides are whole multiples of what Eigen's kernel does at a time, so that all rows take the same
// way through it.
inline constexpr int64_t kTileRowsOfA = 192;
inline constexpr int64_t kTileRowsOfB = 384;

// What is done with a tile: products(i, j) = <row first_a + i of a, row first_b + j of b>, in 32-bit floats.
using UseProducts = std::function<void(int64_t first_a, int64_t first_b, const FeatureRef& products)>;

// Calls `use` for all tiles, on the threads of the task arena it is called in: for one `first_a` one after another,
// with ascending `first_b`, and for several at a time. `use` must not wait for TBB. `stop` is asked before each tile,
// from any thread; after a yes the rest is left out. Requires: as many columns in both.
void ForEachProductTile(
    const FeatureRef& a, const FeatureRef& b, const UseProducts& use,
    const std::function<bool()>& stop = [] { return false; });

}  // namespace parzen
