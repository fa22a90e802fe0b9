// A number for every pair of a row asked about and a training row, tile by tile: what the bounds of their distance are
// computed from. By products of floats, by sums of absolute differences, or, where all values are bytes in disguise, by
// integers, which take half the time or less and are exact.
#pragma once

#include <cstdint>
#include <functional>

#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/neighbors/byte_rows.h"

namespace parzen {

// Scores of rows first_a .. and training rows first_b ..; a multiple of 8 floats lies in each row of the tile.
using UseScores = std::function<void(int64_t first_a, int64_t first_b, const FeatureRef& scores)>;
// Asked before each tile, from any thread; after a yes the rest is left out.
using StopTiles = std::function<bool()>;

// <a, b>, the sums of |a - b|, and both of bytes. Calls `use` for all tiles, on the threads of the task arena: for one
// `first_a` one after another, with ascending `first_b`, and for several at a time. Of the sums of products of bytes
// none is beyond 32 bits. Requires: as many columns in both.
void ForEachProductScore(const FeatureRef& a, const FeatureRef& b, const StopTiles& stop, const UseScores& use);
void ForEachDifferenceScore(const FeatureRef& a, const FeatureRef& b, const StopTiles& stop, const UseScores& use);
void ForEachByteProductScore(const ByteRows& a, const BytePanels& b, const StopTiles& stop, const UseScores& use);
void ForEachByteDifferenceScore(const ByteRows& a, const ByteRows& b, const StopTiles& stop, const UseScores& use);

}  // namespace parzen
