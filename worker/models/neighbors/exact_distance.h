// How far two rows are from each other, in double: by this, rows are ordered in the end. Pure functions; the bits
// depend on the two rows alone.
#pragma once

#include <cstdint>

#include "proto/train.pb.h"

namespace parzen {

// <a, b>, of so many numbers each.
double ExactProduct(const float* a, const float* b, int64_t numbers);

// Orders rows by their distance: its square (Euclidean), or itself. `a_square` and `b_square`: <a, a> and <b, b> by
// ExactProduct, which cosine needs; equal rows are at 0 exactly, and a row of zeros at 1 from all.
double ExactMeasure(NearestNeighbors::Metric metric, const float* a, double a_square, const float* b, double b_square,
                    int64_t numbers);

// The distance that a measure stands for.
double DistanceOfMeasure(NearestNeighbors::Metric metric, double measure);

}  // namespace parzen
