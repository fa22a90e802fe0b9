// The nearest centre of each row: the one of the least squared distance in 64-bit floats, the first of equals.
//
// Scores of 32-bit floats decide where their errors allow it, and 64-bit distances between the centres that are left
// otherwise. What comes out is the same either way, so it depends on the row and the centres alone: not on which rows
// are asked about together, nor on threads.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "worker/models/clusters/center_scores.h"

namespace parzen {

// Rows are numbered in 32 bits.
inline constexpr int64_t kMostClusteredRows = int64_t{1} << 31;

// Distances in 32 bits, so far off that neither their roundings nor those of 64-bit distances make them wrong.
inline constexpr float kDistanceMargin = 1e-6F;
inline constexpr float kLeastMargin = 1e-44F;
float RoundUp(double distance);
float RoundDown(double distance);

struct NearestCenter {
  int32_t center;
  float upper;  // no less than its distance
  float lower;  // no more than the distance of any other centre
};

// Threads: immutable; a Block is of one thread. Borrows the centres.
class NearestCenters {
 public:
  explicit NearestCenters(const CenterMatrix& centers) : centers_(centers), scores_(centers) {}

  // Of those rows, RowsAtATime of their columns at most. Requires: finite rows with as many columns as the centres.
  void Find(const FeatureRef& rows, absl::Span<const int32_t> which, CenterScores::Block& block,
            NearestCenter* found) const;

 private:
  struct Lowest {
    float score, second;
    int32_t center;
  };
  NearestCenter Decide(const float* row, int64_t place, const Lowest& lowest, const CenterScores::Block& block) const;
  NearestCenter DecideInDouble(const float* row, int64_t place, double length, const CenterScores::Block& block) const;

  const CenterMatrix& centers_;
  const CenterScores scores_;
};

// Rows are worked on in parts that their number and the columns alone decide: part i has those from i * length on.
struct RowParts {
  RowParts(int64_t all_rows, int64_t columns);

  int64_t first(int64_t part) const { return part * length; }
  int64_t end(int64_t part) const { return part + 1 < count ? first(part + 1) : rows; }

  int64_t rows, length, count;
};

// The nearest centre of every row, on the threads of the task arena. Requires as Find.
std::vector<int32_t> AssignToNearest(const FeatureRef& rows, const CenterMatrix& centers);

// The sum of the squared distances of rows from the centres of their labels, added up part by part, in order. Uses TBB.
double SumOfSquaredDistances(const FeatureRef& rows, const CenterMatrix& centers, absl::Span<const int32_t> labels);

}  // namespace parzen
