// How points on a line, in a plane or in space push each other away under Student's distribution: near ones one by one,
// and those of a far cell as if all were at their mean (Barnes and Hut, 1986; van der Maaten, 2014, section 4.2).
//
// A pair at distance d has the weight q = (1 + d^2 / f)^(-(f + 1) / 2), where f = max(1, dimensions - 1) are the
// degrees of freedom (van der Maaten, 2009, section 3). A point takes a cell as one when the cell's side is less than
// `angle` times its distance from the mean of the cell's points.
//
// Points are sorted along a Morton curve, so that those next to each other walk through the tree together, in the lanes
// of registers; cells lie in the order of the walk, each knowing where it goes on behind it. Each point decides for
// itself: what it gets does not depend on who walks with it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

namespace parzen {

// Degrees of freedom of Student's distribution in so many dimensions.
constexpr int DegreesOfFreedom(int dimensions) { return dimensions > 2 ? dimensions - 1 : 1; }

// Threads: externally synchronised. Takes about 60 bytes a point.
template <int kDimensions>
class BarnesHut {
 public:
  // `angle` in [0, 1]; 0: every pair by itself. Fewer than 2^31 points.
  BarnesHut(int64_t points, double angle);

  // Takes the places, points x kDimensions. Runs on one thread.
  void Build(const float* places);

  // For each point i the sum over all others of q_ij (1 + d_ij^2 / f)^-1 (y_i - y_j): points x kDimensions. Returns the
  // sum of q over all ordered pairs. The same bits for any number of threads; uses the task arena it is called in.
  // After a yes of `stop` (any thread asks it) the rest is left out. Requires: Build.
  double Push(const std::function<bool()>& stop, float* pushes);

 private:
  using Sum = std::array<double, kDimensions>;
  struct Cell {
    float mean[kDimensions];
    float points;
    float near;           // points whose squared distance is not more look into it
    int32_t after;        // the first cell that is not in it
    int32_t first, last;  // points of a leaf; of other cells none
  };
  struct Walk;

  void SortPoints(const float* places);
  Sum AddCell(int32_t first, int32_t last);
  Sum FinishLeaf(int32_t cell, int32_t first, int32_t last, int level);
  void SetNear();
  void WalkTree(Walk& walk) const;
  void VisitPoints(const Cell& cell, Walk& walk) const;

  const int64_t points_;
  const double angle_;
  double side_ = 0;               // of the cell that holds all
  std::array<float, 33> near_;    // of cells of each level
  std::vector<uint64_t> sorted_;  // place on the curve, and below it, point
  std::vector<uint64_t> spare_;
  std::array<std::vector<float>, kDimensions> coordinates_;  // sorted; the last ones are repeated to fill the lanes
  std::vector<Cell> cells_;
  std::vector<double> sums_;  // of weights, of blocks of points
};

}  // namespace parzen
