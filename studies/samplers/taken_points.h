// Which points of a space the trials of a history have. A cache of the history. Threads: externally synchronised.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "studies/history.h"
#include "studies/search_space.h"

namespace parzen {

// A point as bytes that are equal when the points are.
std::string PointKey(const Point& point);

class TakenPoints {
 public:
  // Both outlive this.
  TakenPoints(const SearchSpace& space, const History& history) : space_(space), history_(history) {}

  // Reads what has changed. A trial whose point is none of the space takes none; rounding errors that
  // SearchSpace::Check forgives are taken off.
  void ReadChanges();

  bool Contains(const Point& point) const { return trials_with_.contains(PointKey(point)); }
  // How many different points are taken.
  size_t size() const { return trials_with_.size(); }
  // How often a point has become free again, because its trial's point was changed.
  size_t times_freed() const { return times_freed_; }

 private:
  const SearchSpace& space_;
  const History& history_;
  size_t changes_read_ = 0;
  std::vector<std::string> key_of_;  // by trial; empty: takes no point
  absl::flat_hash_map<std::string, int> trials_with_;
  size_t times_freed_ = 0;
};

}  // namespace parzen
