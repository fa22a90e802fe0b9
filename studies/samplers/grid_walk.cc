#include "studies/samplers/grid_walk.h"

#include <algorithm>

namespace parzen {
namespace {

// Counts by walking the conditions. Where no condition is left, the rest is a product.
class GridCount {
 public:
  GridCount(const SearchSpace& space, const GridAxes& axes, int64_t limit)
      : space_(space), axes_(axes), limit_(limit), point_(space.size()) {
    const std::vector<size_t>& order = space.activation_order();
    // A parameter without conditions exists even where no other does.
    free_from_ = order.size();
    while (free_from_ > 0 && space.IsActive(order[free_from_ - 1], point_)) {
      --free_from_;
      free_points_ = Times(free_points_, axes[order[free_from_]].size());
    }
  }

  // limit + 1 stands for every larger number.
  int64_t From(size_t position) {
    if (position == free_from_) return free_points_;
    if (++visits_ > kMostVisits) return limit_ + 1;
    const size_t i = space_.activation_order()[position];
    point_[i].reset();
    if (!space_.IsActive(i, point_)) return From(position + 1);
    int64_t points = 0;
    for (const double value : axes_[i]) {
      point_[i] = value;
      points += From(position + 1);
      if (points > limit_) return limit_ + 1;
    }
    return points;
  }

 private:
  static constexpr int64_t kMostVisits = 25'000'000;

  int64_t Times(int64_t a, size_t b) const {
    return static_cast<int64_t>(b) > limit_ / a ? limit_ + 1 : a * static_cast<int64_t>(b);
  }

  const SearchSpace& space_;
  const GridAxes& axes_;
  const int64_t limit_;
  Point point_;
  size_t free_from_ = 0;     // from this position on nothing has conditions
  int64_t free_points_ = 1;  // combinations of those
  int64_t visits_ = 0;
};

}  // namespace

GridWalk::GridWalk(const SearchSpace& space, const GridAxes& axes)
    : space_(space), axes_(axes), index_(space.size(), 0), point_(space.size()) {
  StartFrom(0);
}

void GridWalk::StartFrom(size_t position) {
  const std::vector<size_t>& order = space_.activation_order();
  for (; position < order.size(); ++position) {
    const size_t i = order[position];
    index_[position] = 0;
    point_[i].reset();
    if (space_.IsActive(i, point_)) point_[i] = axes_[i][0];
  }
}

void GridWalk::Next() {
  const std::vector<size_t>& order = space_.activation_order();
  for (size_t position = order.size(); position-- > 0;) {
    const size_t i = order[position];
    if (!point_[i].has_value() || index_[position] + 1 == axes_[i].size()) continue;
    point_[i] = axes_[i][++index_[position]];
    StartFrom(position + 1);
    return;
  }
  done_ = true;
}

std::optional<int64_t> CountGridPoints(const SearchSpace& space, const GridAxes& axes, int64_t limit) {
  const int64_t points = GridCount(space, axes, limit).From(0);
  if (points > limit) return std::nullopt;
  return points;
}

}  // namespace parzen
