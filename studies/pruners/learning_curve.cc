#include "studies/pruners/learning_curve.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"

namespace parzen {

double Loss(Direction direction, double value) { return direction == MAXIMIZE ? -value : value; }

absl::Span<const Step> UpTo(const HistoryTrial& trial, int64_t step) {
  const auto end = std::upper_bound(trial.steps.begin(), trial.steps.end(), step,
                                    [](int64_t wanted, const Step& at) { return wanted < at.step; });
  return absl::MakeConstSpan(trial.steps).first(static_cast<size_t>(end - trial.steps.begin()));
}

const Step* BestOf(absl::Span<const Step> steps, Direction direction) {
  const Step* best = nullptr;
  for (const Step& step : steps) {
    if (std::isnan(step.value)) continue;
    if (best == nullptr || Loss(direction, step.value) < Loss(direction, best->value)) best = &step;
  }
  return best;
}

const Step* FirstFrom(absl::Span<const Step> steps, int64_t step) {
  const auto at = std::lower_bound(steps.begin(), steps.end(), step,
                                   [](const Step& known, int64_t wanted) { return known.step < wanted; });
  return at == steps.end() ? nullptr : &*at;
}

bool IsDue(absl::Span<const Step> steps, int64_t warmup_steps, int64_t interval_steps) {
  if (steps.empty() || steps.back().step < warmup_steps) return false;
  if (steps.size() == 1) return true;
  const int64_t begin = warmup_steps + (steps.back().step - warmup_steps) / interval_steps * interval_steps;
  return steps[steps.size() - 2].step < begin;
}

std::string ShortNumber(double value) { return absl::StrCat(value); }

bool CurveReader::IsNews(uint32_t index) {
  if (index >= final_.size()) final_.resize(index + 1);
  if (final_[index]) return false;
  const TrialState state = history_[index].state;
  final_[index] = state == COMPLETE || state == PRUNED || state == FAIL;
  return true;
}

}  // namespace parzen
