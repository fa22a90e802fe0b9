#include "studies/samplers/tpe_block.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace parzen {
namespace {

std::vector<Axis> AxesOf(const SearchSpace& space, const std::vector<size_t>& parameters) {
  std::vector<Axis> axes;
  for (const size_t i : parameters) axes.push_back(space.axis(i));
  return axes;
}

}  // namespace

TpeBlock::TpeBlock(const SearchSpace& space, std::vector<size_t> parameters, const TpeOptions& options)
    : parameters_(std::move(parameters)),
      candidates_(options.candidates),
      improvement_(options.improvement),
      below_(AxesOf(space, parameters_), options.below),
      above_(AxesOf(space, parameters_), options.above) {}

std::optional<std::vector<double>> TpeBlock::ValuesOf(const HistoryTrial& trial) const {
  std::vector<double> values;
  values.reserve(parameters_.size());
  for (const size_t i : parameters_) {
    if (i >= trial.point.size() || !trial.point[i].has_value() || !std::isfinite(*trial.point[i])) return std::nullopt;
    values.push_back(*trial.point[i]);
  }
  return values;
}

void TpeBlock::Update(const History& history, const TpeSplit& split, absl::Span<const uint32_t> touched) {
  bool fits = true;
  for (size_t i = 0; i < touched.size() && fits; ++i) fits = Take(history, split, touched[i]);
  if (!fits) {
    // A point was changed after later trials had come.
    above_.Clear();
    below_.Clear();
    trials_.clear();
    good_trials_.clear();
    below_trials_.clear();
    for (uint32_t index = 0; index < history.size(); ++index) Take(history, split, index);
  }
  if (good_trials_ != below_trials_) UpdateBelow(history);
  if (improvement_) WeighBelow(split);
}

// False when the trial has no place among the slots.
bool TpeBlock::Take(const History& history, const TpeSplit& split, uint32_t index) {
  const std::optional<std::vector<double>> values = ValuesOf(history[index]);
  const auto at = std::lower_bound(trials_.begin(), trials_.end(), index);
  const bool known = at != trials_.end() && *at == index;
  const size_t slot = static_cast<size_t>(at - trials_.begin());
  if (!values.has_value()) return !known;
  if (known && !above_.Holds(slot, *values)) return false;
  if (!known && at != trials_.end()) return false;
  if (!known) {
    trials_.push_back(index);
    above_.Append(*values);
  }
  const TpeSplit::Side side = split.side(index);
  above_.SetObserved(slot, side == TpeSplit::Side::kAbove);
  const auto good = std::lower_bound(good_trials_.begin(), good_trials_.end(), index);
  const bool was_good = good != good_trials_.end() && *good == index;
  const bool is_good = side == TpeSplit::Side::kBelow;
  if (was_good && !is_good) good_trials_.erase(good);
  if (!was_good && is_good) good_trials_.insert(good, index);
  return true;
}

// Nearly always the newest trial comes and another one goes; kernels that neither is near stay as they are.
void TpeBlock::UpdateBelow(const History& history) {
  for (size_t slot = 0; slot < below_trials_.size(); ++slot) {
    if (!std::binary_search(good_trials_.begin(), good_trials_.end(), below_trials_[slot])) {
      below_.SetObserved(slot, false);
    }
  }
  std::vector<uint32_t> added;
  std::set_difference(good_trials_.begin(), good_trials_.end(), below_trials_.begin(), below_trials_.end(),
                      std::back_inserter(added));
  if (!added.empty() && !below_trials_.empty() && added.front() < below_trials_.back()) {
    // Slots are in the order of age.
    below_.Clear();
    added = good_trials_;
  }
  for (const uint32_t index : added) {
    below_.Append(*ValuesOf(history[index]));
    below_.SetObserved(below_.slots() - 1, true);
  }
  below_.Compact();
  below_trials_ = good_trials_;
}

// By improvement (Watanabe, 2023, section 3.4), with a mean of 1; all alike where improvements are not numbers or all
// 0.
void TpeBlock::WeighBelow(const TpeSplit& split) {
  std::vector<double> weights;
  double sum = 0;
  for (const uint32_t index : good_trials_) sum += weights.emplace_back(split.Improvement(index));
  const double mean = sum / static_cast<double>(weights.size());
  const bool usable = std::isfinite(sum) && mean > 0;
  for (double& weight : weights) weight = usable ? weight / mean : 1;
  below_.SetWeights(std::move(weights));
}

std::vector<double> TpeBlock::Scores(absl::Span<const double> points) {
  std::vector<double> scores = below_.LogDensities(points);
  const std::vector<double> others = above_.LogDensities(points);
  for (size_t i = 0; i < scores.size(); ++i) scores[i] -= others[i];
  return scores;
}

std::vector<double> TpeBlock::Suggest(RandomStream& random) {
  const size_t dimensions = parameters_.size();
  std::vector<double> points(static_cast<size_t>(candidates_) * dimensions);
  below_.Draw(random, absl::MakeSpan(points));
  const std::vector<double> scores = Scores(points);
  const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
  const auto first = points.begin() + best * static_cast<std::ptrdiff_t>(dimensions);
  return {first, first + static_cast<std::ptrdiff_t>(dimensions)};
}

size_t TpeBlock::MemoryBytes() const {
  return below_.MemoryBytes() + above_.MemoryBytes() +
         (trials_.capacity() + 2 * below_trials_.capacity()) * sizeof(uint32_t);
}

}  // namespace parzen
