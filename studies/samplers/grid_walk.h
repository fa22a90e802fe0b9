// Every combination of given values that a search space allows, once each, in order: the first parameter changes
// slowest. Parameters that do not exist at a point add no combinations there.
//
//   for (GridWalk walk(space, values); !walk.done(); walk.Next()) use(walk.point());
//
// Threads: externally synchronised. Borrows the space and the values.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "studies/search_space.h"

namespace parzen {

// The values of each parameter, in the space's order; none is empty.
using GridAxes = std::vector<std::vector<double>>;

class GridWalk {
 public:
  GridWalk(const SearchSpace& space, const GridAxes& axes);

  bool done() const { return done_; }
  // Requires: !done().
  const Point& point() const { return point_; }
  void Next();

 private:
  void StartFrom(size_t position);

  const SearchSpace& space_;
  const GridAxes& axes_;
  std::vector<size_t> index_;  // by position in the activation order: which value of its axis
  Point point_;
  bool done_ = false;
};

// How many points a walk has; nullopt when there are more than `limit`, or when the conditions leave too much to look
// at.
std::optional<int64_t> CountGridPoints(const SearchSpace& space, const GridAxes& axes, int64_t limit);

}  // namespace parzen
