#include "studies/samplers/tpe_split.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "studies/pareto.h"
#include "studies/samplers/tpe_options.h"

namespace parzen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double Minimised(double value, Direction direction) { return direction == MAXIMIZE ? -value : value; }

// A little worse than the worst of the points in every objective.
std::vector<double> ReferencePoint(const std::vector<std::vector<double>>& points) {
  std::vector<double> reference(points[0].size(), -kInfinity);
  for (const std::vector<double>& point : points) {
    for (size_t k = 0; k < point.size(); ++k) reference[k] = std::max(reference[k], point[k]);
  }
  for (double& worst : reference) worst = worst == 0 ? 1e-12 : std::max(1.1 * worst, 0.9 * worst);
  return reference;
}

// Hypervolume takes exponentially long in the number of objectives, and a coordinator waits for it.
constexpr size_t kMostObjectives = 3;
constexpr size_t kMostPoints = 1000;

// `count` points of a front that cover it well.
std::vector<size_t> SpreadOut(const std::vector<std::vector<double>>& front, size_t count) {
  if (front[0].size() <= kMostObjectives && front.size() <= kMostPoints) {
    return GreedyHypervolumeSubset(front, count, ReferencePoint(front));
  }
  const std::vector<double> distances = CrowdingDistances(front);
  std::vector<size_t> order(front.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return distances[a] > distances[b]; });
  order.resize(count);
  return order;
}

}  // namespace

TpeSplit::TpeSplit(std::vector<Direction> directions, const TpeOptions& options)
    : directions_(std::move(directions)), options_(options) {}

TpeSplit::Key TpeSplit::KeyOf(const HistoryTrial& trial) const {
  Key key;
  // What waits with values has paused, or was lost on its way: so far it is as one that ended there.
  const bool has_paused = trial.state == WAITING && !trial.steps.empty();
  if (trial.state == RUNNING || (trial.state == WAITING && !has_paused)) {
    if (options_.constant_liar) key.group = Key::kPending;
    return key;
  }
  const bool complete = trial.state == COMPLETE && trial.values.size() == directions_.size();
  if (!complete && trial.state != PRUNED && !has_paused) return key;
  if (trial.violation > 0) {
    key.group = Key::kInfeasible;
    key.first = trial.violation;
  } else if (complete) {
    key.group = Key::kComplete;
    if (directions_.size() == 1) key.first = Minimised(trial.values[0], directions_[0]);
  } else {
    key.group = Key::kPruned;
    if (trial.steps.empty()) {
      key.first = kInfinity;
      return key;
    }
    const Step& last = trial.steps.back();
    key.first = -static_cast<double>(last.step);
    key.second = std::isnan(last.value) ? kInfinity : Minimised(last.value, directions_[0]);
  }
  return key;
}

bool TpeSplit::Less(uint32_t a, uint32_t b) const {
  const Key& left = keys_[a];
  const Key& right = keys_[b];
  return std::tie(left.group, left.first, left.second, a) < std::tie(right.group, right.first, right.second, b);
}

void TpeSplit::SetKey(uint32_t index, Key key) {
  const auto less = [this](uint32_t a, uint32_t b) { return Less(a, b); };
  Key& held = keys_[index];
  if (held.group >= Key::kComplete) order_.Erase(order_.Find(index, less));
  complete_ -= held.group == Key::kComplete;
  held = key;
  if (held.group >= Key::kComplete) order_.Insert(index, less);
  complete_ += held.group == Key::kComplete;
}

std::vector<uint32_t> TpeSplit::Update(const History& history, absl::Span<const uint32_t> changed) {
  keys_.resize(history.size());
  sides_.resize(history.size(), Side::kNeither);
  for (const uint32_t index : changed) SetKey(index, KeyOf(history[index]));

  const std::vector<uint32_t> before = std::exchange(below_, ChooseBelow(history));
  threshold_ = Threshold();
  std::vector<uint32_t> crossed;
  std::set_symmetric_difference(before.begin(), before.end(), below_.begin(), below_.end(),
                                std::back_inserter(crossed));
  std::vector<uint32_t> touched;
  std::set_union(crossed.begin(), crossed.end(), changed.begin(), changed.end(), std::back_inserter(touched));
  for (const uint32_t index : touched) {
    sides_[index] = keys_[index].group == Key::kNone                          ? Side::kNeither
                    : std::binary_search(below_.begin(), below_.end(), index) ? Side::kBelow
                                                                              : Side::kAbove;
  }
  return touched;
}

std::vector<uint32_t> TpeSplit::ChooseBelow(const History& history) const {
  const size_t count = BelowCount(observations(), options_);
  std::vector<uint32_t> chosen;
  if (directions_.size() == 1 || complete_ <= count) {
    chosen = order_.First(count);
  } else {
    chosen = BestOfFronts(history, order_.First(complete_), count);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

// The value of the best trial that is not good; of the worst good one where none has a value.
double TpeSplit::Threshold() const {
  double threshold = 0;
  for (const uint32_t index : order_.First(below_.size() + 1)) {
    if (keys_[index].group == Key::kComplete) threshold = keys_[index].first;
  }
  return threshold;
}

double TpeSplit::Improvement(uint32_t index) const {
  const Key& key = keys_[index];
  return key.group == Key::kComplete ? threshold_ - key.first : 0;
}

std::vector<uint32_t> TpeSplit::BestOfFronts(const History& history, const std::vector<uint32_t>& complete,
                                             size_t count) const {
  std::vector<std::vector<double>> points;
  points.reserve(complete.size());
  for (const uint32_t index : complete) {
    std::vector<double>& point = points.emplace_back(history[index].values);
    for (size_t k = 0; k < point.size(); ++k) point[k] = Minimised(point[k], directions_[k]);
  }
  const std::vector<int> ranks = NonDominationRanks(points);
  std::vector<uint32_t> chosen;
  for (int rank = 0; chosen.size() < count; ++rank) {
    std::vector<uint32_t> front;
    std::vector<std::vector<double>> front_points;
    for (size_t i = 0; i < ranks.size(); ++i) {
      if (ranks[i] != rank) continue;
      front.push_back(complete[i]);
      front_points.push_back(points[i]);
    }
    if (chosen.size() + front.size() <= count) {
      chosen.insert(chosen.end(), front.begin(), front.end());
      continue;
    }
    for (const size_t i : SpreadOut(front_points, count - chosen.size())) chosen.push_back(front[i]);
    break;
  }
  return chosen;
}

}  // namespace parzen
