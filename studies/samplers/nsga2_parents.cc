#include "studies/samplers/nsga2_parents.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "studies/pareto.h"

namespace parzen {

Nsga2Parents::Nsga2Parents(const History& history, std::vector<Direction> directions, size_t count)
    : history_(history), directions_(std::move(directions)), count_(count) {}

const std::vector<size_t>& Nsga2Parents::Best() {
  const std::vector<uint32_t>& changes = history_.changes();
  for (; changes_read_ < changes.size(); ++changes_read_) {
    const size_t i = changes[changes_read_];
    if (was_parent_.size() <= i) was_parent_.resize(i + 1, false);
    // Trials that start, or end otherwise, change nothing.
    if (!was_parent_[i] && !MayBeParent(history_[i])) continue;
    best_.resize(std::min(best_.size(), i / count_));
  }
  while (best_.size() * count_ < history_.size()) {
    const size_t first = best_.size() * count_;
    std::vector<size_t> candidates = best_.empty() ? std::vector<size_t>() : best_.back();
    for (size_t i = first; i < std::min(first + count_, history_.size()); ++i) {
      was_parent_[i] = MayBeParent(history_[i]);
      if (was_parent_[i]) candidates.push_back(i);
    }
    best_.push_back(Select(candidates));
  }
  if (best_.empty()) best_.emplace_back();  // of a history without trials
  return best_.back();
}

bool Nsga2Parents::MayBeParent(const HistoryTrial& trial) const {
  return trial.state == COMPLETE && trial.values.size() == directions_.size() &&
         std::none_of(trial.values.begin(), trial.values.end(), [](double value) { return std::isnan(value); });
}

std::vector<double> Nsga2Parents::Minimised(size_t index) const {
  std::vector<double> values = history_[index].values;
  for (size_t m = 0; m < values.size(); ++m) {
    if (directions_[m] == MAXIMIZE) values[m] = -values[m];
  }
  return values;
}

std::vector<size_t> Nsga2Parents::Select(const std::vector<size_t>& candidates) const {
  std::vector<std::vector<size_t>> fronts;
  // Fronts of the candidates with these keys, after those that are there.
  const auto add_fronts = [&fronts](const std::vector<size_t>& members, const std::vector<std::vector<double>>& keys) {
    const std::vector<int> ranks = NonDominationRanks(keys);
    const size_t before = fronts.size();
    for (size_t k = 0; k < members.size(); ++k) {
      fronts.resize(std::max(fronts.size(), before + ranks[k] + 1));
      fronts[before + ranks[k]].push_back(members[k]);
    }
  };
  std::vector<size_t> feasible, infeasible;
  std::vector<std::vector<double>> values, violations;
  for (const size_t i : candidates) {
    const double violation = history_[i].violation;
    if (violation <= 0) {
      feasible.push_back(i);
      values.push_back(Minimised(i));
    } else {
      infeasible.push_back(i);
      violations.push_back({std::isnan(violation) ? std::numeric_limits<double>::infinity() : violation});
    }
  }
  add_fronts(feasible, values);
  if (feasible.size() < count_) add_fronts(infeasible, violations);
  std::vector<size_t> selected;
  for (const std::vector<size_t>& front : fronts) {
    AppendFront(front, selected);
    if (selected.size() >= count_) break;
  }
  selected.resize(std::min(selected.size(), count_));
  return selected;
}

void Nsga2Parents::AppendFront(std::vector<size_t> front, std::vector<size_t>& selected) const {
  std::vector<std::vector<double>> values;
  for (const size_t i : front) values.push_back(Minimised(i));
  const std::vector<double> distances = CrowdingDistances(values);
  std::vector<size_t> order(front.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return distances[a] != distances[b] ? distances[a] > distances[b] : front[a] < front[b];
  });
  for (const size_t k : order) selected.push_back(front[k]);
}

}  // namespace parzen
