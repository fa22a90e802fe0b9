// The trials of a study as samplers, pruners and importance see them: points, states and values, no database.
//
// Trials are only ever added, and change only through the calls below, each of which is logged: a cache reads on in
// changes() from where it stopped instead of looking at every trial again. Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "proto/study.pb.h"
#include "studies/search_space.h"

namespace parzen {

// An intermediate value; may be NaN or infinite.
struct Step {
  int64_t step = 0;
  double value = 0;
  bool operator==(const Step&) const = default;
};

// One trial. A point may come from another program or from an earlier space: values may lie outside their ranges, and
// may be missing; an enqueued trial that WAITs may have any part of a point.
struct HistoryTrial {
  int64_t number = 0;
  TrialState state = RUNNING;
  Point point;
  std::vector<double> values;  // one an objective when COMPLETE, perhaps infinite; empty otherwise
  double violation = 0;        // by how much constraints are broken, summed; 0: feasible
  std::vector<Step> steps;     // by step
};

class History {
 public:
  // By number, ascending. In a study's own history the index of a trial is its number; a part of a history (a bracket)
  // has gaps.
  size_t size() const { return trials_.size(); }
  const HistoryTrial& operator[](size_t index) const { return trials_[index]; }
  // Indices, in the order in which things happened: each trial when it was added, and again whenever its state, point
  // or values changed. Intermediate values are not logged.
  const std::vector<uint32_t>& changes() const { return changes_; }

  // Requires: a number above all others.
  void Add(HistoryTrial trial);
  void Move(size_t index, TrialState to, std::vector<double> values = {}, double violation = 0);
  void SetPoint(size_t index, Point point);
  // Replaces an earlier value of that step. Requires: the trial is RUNNING.
  void Report(size_t index, int64_t step, double value);

 private:
  std::deque<HistoryTrial> trials_;  // never moved: growing a study does not stop the coordinator
  std::vector<uint32_t> changes_;
};

}  // namespace parzen
