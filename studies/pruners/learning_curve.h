// What pruners ask of learning curves. Pruners compare losses: intermediate values turned so that less is better, and
// maximising mirrors minimising exactly. Pure functions, and a reader that keeps a cache up with a history.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "proto/study.pb.h"
#include "studies/history.h"

namespace parzen {

// A value as a loss, and the reverse. NaN stays NaN.
double Loss(Direction direction, double value);

// The trial's values up to `step`, that one included; later ones are from an earlier attempt.
absl::Span<const Step> UpTo(const HistoryTrial& trial, int64_t step);

// The best of these values, with its step: the first of equals. nullptr when all are NaN.
const Step* BestOf(absl::Span<const Step> steps, Direction direction);

// The first value at `step` or after it; nullptr when there is none.
const Step* FirstFrom(absl::Span<const Step> steps, int64_t step);

// When a pruner looks: from `warmup_steps` on, at the first value in each interval of `interval_steps` steps. `steps`
// are the trial's values up to the one that is judged.
bool IsDue(absl::Span<const Step> steps, int64_t warmup_steps, int64_t interval_steps);

// A number in a sentence for people: six digits.
std::string ShortNumber(double value);

// Follows a history, for caches of curves. The curve of a trial that is final does not change any more, so each of
// those is seen once; others are seen whenever their state changed. Threads: externally synchronised.
class CurveReader {
 public:
  // As in PrunerInputs; both outlive the reader.
  CurveReader(const History& history, const size_t* horizon) : history_(history), horizon_(horizon) {}

  // Calls see(index) for what was added or changed since the last call; with a horizon, for each trial once it is
  // within it.
  template <typename See>
  void Read(See see) {
    if (horizon_ != nullptr) {
      for (; position_ < *horizon_; ++position_) see(static_cast<uint32_t>(position_));
      return;
    }
    for (const std::vector<uint32_t>& changes = history_.changes(); position_ < changes.size(); ++position_) {
      const uint32_t index = changes[position_];
      if (!IsNews(index)) continue;
      see(index);
    }
  }

 private:
  // False for a trial that was seen in a final state.
  bool IsNews(uint32_t index);

  const History& history_;
  const size_t* const horizon_;
  size_t position_ = 0;      // in the log; with a horizon, in the history
  std::vector<bool> final_;  // by index: seen in a final state
};

}  // namespace parzen
