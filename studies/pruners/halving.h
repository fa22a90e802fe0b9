// One asynchronous successive halving. Source: Li et al., "A System for Massively Parallel Hyperparameter Tuning", 2020
// (ASHA), section 3. It has two forms:
//   stopping   a trial that reaches a rung goes on when it is among the best of those that have reached it so far, and
//              ends otherwise; needs no checkpoints, as in Optuna and Determined
//   promoting  algorithm 2 of the paper: it pauses instead, and goes on when enough others have turned out worse. It
//              ends once that cannot come any more, as so many of the study's trials are better already
//
// Rungs stand at the steps first, first * factor, first * factor^2, ... A trial has reached a rung when it has a value
// at that step or later; the first such value is its value there. That is read off the curves: there is no other state.
// Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "studies/history.h"
#include "studies/pruners/learning_curve.h"
#include "studies/pruners/pruner.h"

namespace parzen {

inline constexpr int64_t kNoStep = std::numeric_limits<int64_t>::max();

// value * factor^power, or kNoStep where that is more. Requires: value >= 1, factor >= 2.
int64_t TimesPower(int64_t value, int64_t factor, int64_t power);

// The last step of the longest COMPLETE trial, kept up with a history. 0 while there is none.
class LongestTrial {
 public:
  explicit LongestTrial(const PrunerInputs& inputs)
      : history_(inputs.history), reader_(inputs.history, inputs.horizon) {}
  int64_t LastStep();

 private:
  const History& history_;
  CurveReader reader_;
  int64_t last_step_ = 0;
};

struct HalvingOptions {
  int64_t first = 1;      // step of the first rung; kNoStep: there is none
  int64_t factor = 2;     // one trial of so many goes on from a rung
  int64_t bootstrap = 0;  // a rung stops, or promotes, nobody before so many trials have reached it
  bool promote = false;
};

class Halving {
 public:
  // `is_member` says which trials, by number, take part. Of the inputs it needs all but the pruner's options and the
  // study's name.
  Halving(const PrunerInputs& inputs, HalvingOptions options, std::function<bool(int64_t number)> is_member);

  // Judges the trial at `index`, a member, at the rungs that `step` reaches and earlier steps did not; rungs from `end`
  // on stop nobody. A step that reaches j rungs at once lets one trial of factor^j go on. Of fewer trials than that
  // only one goes on that is better than all others, or as good; where trials pause, none.
  PrunerDecision Judge(size_t index, int64_t step, int64_t end);

 private:
  // How a trial stands among those that reached a rung.
  struct Standing {
    int64_t trials = 1;  // itself included
    int64_t better = 0;
  };

  // A loss and whose: of equals the earlier trial comes first.
  using Place = std::pair<double, uint32_t>;

  void Learn(uint32_t index);
  // How many are better than `place`, at that rung.
  Standing Rank(size_t rung, int64_t at, size_t index, const Place& place);
  // How many trials can go on from a rung in the end, where one of `share` does; no bound where nobody knows.
  int64_t MostPromoted(size_t rung, int64_t share, const Standing& standing) const;

  const History& history_;
  const Direction direction_;
  const HalvingOptions options_;
  const std::function<bool(int64_t)> is_member_;
  const int64_t* const trials_;  // as PrunerInputs::trials
  CurveReader reader_;
  std::vector<std::vector<Place>> final_places_;  // by rung: of trials that are final; sorted up to `sorted_`
  std::vector<size_t> sorted_;                    // by rung
  int64_t final_trials_ = 0;
  absl::flat_hash_set<uint32_t> open_;  // trials that are not final
};

}  // namespace parzen
