// Which trials may become parents: the best of a history by constrained domination and crowding distance (Deb et al.,
// 2002, sections III.B and VI).
//
// Trials are taken in blocks of as many as there are parents: the best of a block and of the best before it go on, so
// that a history of any length costs one selection among twice the parents for each trial that completes (a few more
// when one of an older block does). The answer depends on the history only, not on when it was asked for before.
// Threads: externally synchronised.
#pragma once

#include <cstddef>
#include <vector>

#include "studies/history.h"

namespace parzen {

class Nsga2Parents {
 public:
  // `history` outlives this. Requires: count > 0.
  Nsga2Parents(const History& history, std::vector<Direction> directions, size_t count);

  // Indices in the history, the best first; fewer than `count` while not as many are complete. A trial whose values are
  // not one number an objective is none. Feasible trials go before others, which are ordered by their violations. Until
  // the next call.
  const std::vector<size_t>& Best();

 private:
  bool MayBeParent(const HistoryTrial& trial) const;
  // The best `count_` of them, in order.
  std::vector<size_t> Select(const std::vector<size_t>& candidates) const;
  // Appends those of one front, in the order of their crowding distances.
  void AppendFront(std::vector<size_t> front, std::vector<size_t>& selected) const;
  std::vector<double> Minimised(size_t index) const;

  const History& history_;
  const std::vector<Direction> directions_;
  const size_t count_;
  size_t changes_read_ = 0;
  std::vector<bool> was_parent_;           // by index: counted in the best of its block
  std::vector<std::vector<size_t>> best_;  // by block: of all trials up to its end
};

}  // namespace parzen
