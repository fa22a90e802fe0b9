#include "studies/history.h"

#include <algorithm>

namespace parzen {

void History::Add(HistoryTrial trial) {
  changes_.push_back(static_cast<uint32_t>(trials_.size()));
  trials_.push_back(std::move(trial));
}

void History::Move(size_t index, TrialState to, std::vector<double> values, double violation) {
  HistoryTrial& trial = trials_[index];
  trial.state = to;
  trial.values = std::move(values);
  trial.violation = violation;
  changes_.push_back(static_cast<uint32_t>(index));
}

void History::SetPoint(size_t index, Point point) {
  trials_[index].point = std::move(point);
  changes_.push_back(static_cast<uint32_t>(index));
}

void History::Report(size_t index, int64_t step, double value) {
  std::vector<Step>& steps = trials_[index].steps;
  // Steps nearly always come in order.
  auto at = steps.end();
  while (at != steps.begin() && std::prev(at)->step >= step) --at;
  if (at != steps.end() && at->step == step) {
    at->value = value;
  } else {
    steps.insert(at, {step, value});
  }
}

}  // namespace parzen
