#include "studies/pruners/running_percentile.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace parzen {
namespace {

// Moves the top of a heap to another one.
template <typename FromOrder, typename ToOrder>
void MoveTop(std::vector<double>& from, FromOrder from_order, std::vector<double>& to, ToOrder to_order) {
  std::pop_heap(from.begin(), from.end(), from_order);
  to.push_back(from.back());
  from.pop_back();
  std::push_heap(to.begin(), to.end(), to_order);
}

// Part of the way from one number to a larger one, which may both be infinite; halfway between the two infinities is
// the larger one.
double Between(double low, double high, double part) {
  if (part == 0 || low == high) return low;
  if (std::isinf(high)) return high;
  if (std::isinf(low)) return low;
  return low + (high - low) * part;
}

}  // namespace

void RunningPercentile::Add(double number) {
  const bool is_low = !low_.empty() && number < low_.front();
  if (is_low) {
    low_.push_back(number);
    std::push_heap(low_.begin(), low_.end(), std::less<>());
  } else {
    high_.push_back(number);
    std::push_heap(high_.begin(), high_.end(), std::greater<>());
  }
  const size_t wanted = static_cast<size_t>(share_ * static_cast<double>(size() - 1)) + 1;
  while (low_.size() < wanted) MoveTop(high_, std::greater<>(), low_, std::less<>());
  while (low_.size() > wanted) MoveTop(low_, std::less<>(), high_, std::greater<>());
}

double RunningPercentile::Value() const {
  const double place = share_ * static_cast<double>(size() - 1);
  return high_.empty() ? low_.front() : Between(low_.front(), high_.front(), place - std::floor(place));
}

}  // namespace parzen
