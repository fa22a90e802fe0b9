// The first point of a grid that no trial has. What is taken stays so, with few exceptions, and is passed once.
// Threads: externally synchronised.
#pragma once

#include <cstddef>
#include <optional>

#include "studies/samplers/grid_walk.h"
#include "studies/samplers/taken_points.h"
#include "studies/search_space.h"

namespace parzen {

class FirstFree {
 public:
  // Both outlive this.
  FirstFree(const SearchSpace& space, const GridAxes& axes) : space_(space), axes_(axes) { walk_.emplace(space, axes); }

  // nullopt when all are taken. Requires: always the same `taken`, which has read all changes.
  std::optional<Point> Find(const TakenPoints& taken) {
    if (freed_before_walk_ != taken.times_freed()) {
      freed_before_walk_ = taken.times_freed();
      walk_.emplace(space_, axes_);
    }
    while (!walk_->done() && taken.Contains(walk_->point())) walk_->Next();
    if (walk_->done()) return std::nullopt;
    return walk_->point();
  }

 private:
  const SearchSpace& space_;
  const GridAxes& axes_;
  std::optional<GridWalk> walk_;  // every point before it is taken
  size_t freed_before_walk_ = 0;
};

}  // namespace parzen
