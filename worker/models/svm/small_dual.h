// The dual problem of a support vector machine over few rows, solved by sequential minimal optimisation: two rows at a
// time, the first the one that violates the optimality conditions most, the second the one with which the objective
// falls most to second order (Fan, Chen and Lin, 2005, "Working set selection using second order information for
// training support vector machines", section 2.4, WSS 2).
#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace parzen {

// Minimise 1/2 v'Kv - y'v over the values v = y alpha, which sum to a constant, each between its bounds: [0, C] for a
// row of the first class (y = 1), [-C, 0] for one of the second (y = -1).
struct SmallDual {
  // Makes place for so many rows, and some more to a multiple of 8 that are closed (bounds 0).
  void Resize(int64_t rows);

  // Places.
  int64_t rows() const { return value.size(); }

  // Takes steps until no two rows violate the conditions by `tolerance` or more, or `most_steps` are taken. Returns how
  // many were.
  int64_t Minimise(double tolerance, int64_t most_steps);

  Eigen::ArrayXd value;
  Eigen::ArrayXd low, high;
  Eigen::ArrayXd slope;     // Kv - y
  Eigen::MatrixXd kernel;   // symmetric
  Eigen::ArrayXd diagonal;  // of the kernel

 private:
  // Notes whether the value of row `i` can rise and fall.
  void Open(int64_t i);
  int64_t SecondRow(int64_t first, double most);
  void Step(int64_t i, int64_t j);

  Eigen::ArrayXd rise_;   // 0 where the value can rise, else minus infinity
  Eigen::ArrayXd fall_;   // 0 where it can fall, else minus infinity
  Eigen::ArrayXd score_;  // scratch
};

}  // namespace parzen
