#include "studies/importance/regression_forest.h"

#include <algorithm>
#include <numeric>

namespace parzen {
namespace {

// Nodes purer than this are not split: what is left is rounding.
constexpr double kSmallestDecrease = 1e-15;

// Score of a side: what it takes off the sum of squared errors.
double Score(double target, double weight) { return target * target / weight; }

}  // namespace

ForestGrower::ForestGrower(const ForestData& data, int32_t max_depth, uint64_t seed)
    : data_(data), max_depth_(max_depth), seed_(seed), goes_left_(data.target.size()) {
  const size_t trials = data.target.size();
  for (const ForestColumn& column : data.columns) {
    std::vector<int32_t> sorted(trials);
    std::iota(sorted.begin(), sorted.end(), 0);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](int32_t a, int32_t b) { return column.value[a] < column.value[b]; });
    std::vector<int32_t> rank(trials);
    for (size_t i = 1; i < trials; ++i) {
      rank[sorted[i]] = rank[sorted[i - 1]] + (column.value[sorted[i]] != column.value[sorted[i - 1]] ? 1 : 0);
    }
    sorted_.push_back(std::move(sorted));
    rank_.push_back(std::move(rank));
  }
  visit_.resize(data.columns.size());
  std::iota(visit_.begin(), visit_.end(), 0);
}

RegressionTree ForestGrower::Grow(int64_t number) {
  RandomStream stream(seed_, number, "importance/forest");
  DrawSample(stream);
  std::iota(visit_.begin(), visit_.end(), 0);
  const double trials = static_cast<double>(data_.target.size());
  RegressionTree tree;
  tree.nodes.emplace_back();
  std::vector<Pending> pending;
  pending.push_back({0, 0, order_.empty() ? 0 : order_[0].size(), 0});
  while (!pending.empty()) {
    const Pending next = pending.back();
    pending.pop_back();
    if (next.begin == next.end) continue;  // no columns: nothing to sum over
    const Sums total = Sum(next);
    tree.nodes[next.node].value = total.target / total.weight;
    if (next.depth >= max_depth_ || next.end - next.begin < 2 || IsConstant(next)) continue;
    const Split split = FindSplit(next, total, stream);
    const double decrease = (split.gain - Score(total.target, total.weight)) / trials;
    if (split.column < 0 || decrease < kSmallestDecrease) continue;
    const int32_t left = static_cast<int32_t>(tree.nodes.size());
    TreeNode& node = tree.nodes[next.node];
    node.column = split.column;
    node.threshold = Threshold(split);
    node.left = left;
    node.right = left + 1;
    node.decrease = decrease;
    tree.nodes.resize(tree.nodes.size() + 2);
    const size_t middle = Partition(next, split);
    pending.push_back({left + 1, middle, next.end, next.depth + 1});
    pending.push_back({left, next.begin, middle, next.depth + 1});
  }
  return tree;
}

void ForestGrower::DrawSample(RandomStream& stream) {
  const size_t trials = data_.target.size();
  weight_.assign(trials, 0);
  for (size_t i = 0; i < trials; ++i) ++weight_[stream.Below(trials)];
  weighted_target_.resize(trials);
  for (size_t i = 0; i < trials; ++i) weighted_target_[i] = weight_[i] * data_.target[i];
  order_.assign(sorted_.size(), {});
  for (size_t c = 0; c < sorted_.size(); ++c) {
    std::copy_if(sorted_[c].begin(), sorted_[c].end(), std::back_inserter(order_[c]),
                 [&](int32_t trial) { return weight_[trial] > 0; });
  }
}

ForestGrower::Sums ForestGrower::Sum(const Pending& pending) const {
  Sums sums;
  for (size_t i = pending.begin; i < pending.end; ++i) {
    sums.weight += weight_[order_[0][i]];
    sums.target += weighted_target_[order_[0][i]];
  }
  return sums;
}

bool ForestGrower::IsConstant(const Pending& pending) const {
  const double first = data_.target[order_[0][pending.begin]];
  for (size_t i = pending.begin + 1; i < pending.end; ++i) {
    if (data_.target[order_[0][i]] != first) return false;
  }
  return true;
}

ForestGrower::Split ForestGrower::FindSplit(const Pending& pending, const Sums& total, RandomStream& stream) {
  stream.Shuffle(visit_);
  Split best;
  for (const int32_t column : visit_) {
    if (data_.columns[column].ordered) {
      TryOrdered(column, pending, total, best);
    } else {
      TryCategories(column, pending, total, best);
    }
  }
  return best;
}

void ForestGrower::TryOrdered(int32_t column, const Pending& pending, const Sums& total, Split& best) const {
  const std::vector<int32_t>& order = order_[column];
  const std::vector<int32_t>& rank = rank_[column];
  Sums left;
  for (size_t i = pending.begin; i + 1 < pending.end; ++i) {
    left.weight += weight_[order[i]];
    left.target += weighted_target_[order[i]];
    if (rank[order[i]] == rank[order[i + 1]]) continue;
    const double gain = Score(left.target, left.weight) + Score(total.target - left.target, total.weight - left.weight);
    if (gain > best.gain) best = {column, pending.begin, i + 1, gain};
  }
}

void ForestGrower::TryCategories(int32_t column, const Pending& pending, const Sums& total, Split& best) const {
  const std::vector<int32_t>& order = order_[column];
  const std::vector<int32_t>& rank = rank_[column];
  size_t first = pending.begin;
  Sums one;
  for (size_t i = pending.begin; i < pending.end; ++i) {
    one.weight += weight_[order[i]];
    one.target += weighted_target_[order[i]];
    const bool goes_on = i + 1 < pending.end && rank[order[i]] == rank[order[i + 1]];
    if (goes_on) continue;
    if (first == pending.begin && i + 1 == pending.end) return;  // one category only
    const double gain = Score(one.target, one.weight) + Score(total.target - one.target, total.weight - one.weight);
    if (gain > best.gain) best = {column, first, i + 1, gain};
    first = i + 1;
    one = {};
  }
}

double ForestGrower::Threshold(const Split& split) const {
  const ForestColumn& column = data_.columns[split.column];
  const std::vector<int32_t>& order = order_[split.column];
  const double left = column.value[order[split.end - 1]];
  if (!column.ordered) return left;
  const double right = column.value[order[split.end]];
  const double middle = left / 2 + right / 2;
  return middle > left && middle < right ? middle : left;  // of two neighbouring doubles the middle is one of them
}

size_t ForestGrower::Partition(const Pending& pending, const Split& split) {
  const std::vector<int32_t>& chosen = order_[split.column];
  for (size_t i = pending.begin; i < pending.end; ++i) goes_left_[chosen[i]] = 0;
  for (size_t i = split.begin; i < split.end; ++i) goes_left_[chosen[i]] = 1;
  for (std::vector<int32_t>& order : order_) {
    right_.clear();
    size_t left = pending.begin;
    for (size_t i = pending.begin; i < pending.end; ++i) {
      if (goes_left_[order[i]] != 0) {
        order[left++] = order[i];
      } else {
        right_.push_back(order[i]);
      }
    }
    std::copy(right_.begin(), right_.end(), order.begin() + static_cast<std::ptrdiff_t>(left));
  }
  return pending.begin + (split.end - split.begin);
}

}  // namespace parzen
