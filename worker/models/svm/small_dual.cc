#include "worker/models/svm/small_dual.h"

#include <algorithm>
#include <limits>

namespace parzen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Stands for a curvature that is not positive: equal rows, or a kernel that is not positive definite.
constexpr double kLeastCurvature = 1e-12;

// The last of the largest.
int64_t PlaceOf(const Eigen::ArrayXd& values, double largest) {
  int64_t place = values.size() - 1;
  while (place > 0 && values[place] != largest) --place;
  return place;
}

}  // namespace

void SmallDual::Resize(int64_t rows) {
  const int64_t places = (rows + 7) / 8 * 8;
  for (Eigen::ArrayXd* numbers : {&value, &low, &high, &slope, &diagonal, &rise_, &fall_, &score_}) {
    numbers->setZero(places);
  }
  if (kernel.rows() != places) kernel.resize(places, places);
  kernel.bottomRows(places - rows).setZero();
  kernel.rightCols(places - rows).setZero();
}

void SmallDual::Open(int64_t i) {
  rise_[i] = value[i] < high[i] ? 0 : -kInfinity;
  fall_[i] = value[i] > low[i] ? 0 : -kInfinity;
}

int64_t SmallDual::Minimise(double tolerance, int64_t most_steps) {
  for (int64_t i = 0; i < rows(); ++i) Open(i);
  int64_t steps = 0;
  for (; steps < most_steps; ++steps) {
    score_ = rise_ - slope;
    const double most = score_.maxCoeff();
    if (!(most + (fall_ + slope).maxCoeff() >= tolerance)) break;  // also where nothing can rise or fall
    const int64_t i = PlaceOf(score_, most);
    Step(i, SecondRow(i, most));
  }
  return steps;
}

int64_t SmallDual::SecondRow(int64_t first, double most) {
  score_ = (fall_ + slope + most).max(0).square() /
           (diagonal[first] + diagonal - 2 * kernel.col(first).array()).max(kLeastCurvature);
  return PlaceOf(score_, score_.maxCoeff());
}

void SmallDual::Step(int64_t i, int64_t j) {
  const double curvature = std::max(diagonal[i] + diagonal[j] - 2 * kernel(i, j), kLeastCurvature);
  const double best = (slope[j] - slope[i]) / curvature;
  const double room_i = high[i] - value[i], room_j = value[j] - low[j];
  const double step = std::min({best, room_i, room_j});
  // Exactly at the bound, whatever rounding says.
  value[i] = step == room_i ? high[i] : value[i] + step;
  value[j] = step == room_j ? low[j] : value[j] - step;
  slope += step * (kernel.col(i).array() - kernel.col(j).array());
  Open(i);
  Open(j);
}

}  // namespace parzen
