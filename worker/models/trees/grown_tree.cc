#include "worker/models/trees/grown_tree.h"

namespace parzen {

void GrownTree::AddLeaf(uint32_t leaf, double* sums) const {
  if (leaf < static_cast<uint32_t>(classes_)) {
    sums[leaf] += 1;
    return;
  }
  const float* values = values_.data() + static_cast<size_t>(leaf - classes_) * width_;
  for (int i = 0; i < width_; ++i) sums[i] += values[i];
}

void GrownTree::AddValues(const float* rows, int64_t stride, absl::Span<const int32_t> which, double* sums) const {
  const Node* const nodes = nodes_.data();
  // Rows go down side by side, since each step waits for memory: one row that has arrived waits at its leaf for the
  // others.
  constexpr size_t kAbreast = 8;
  for (size_t first = 0; first < which.size(); first += kAbreast) {
    const size_t abreast = std::min(kAbreast, which.size() - first);
    uint32_t at[kAbreast] = {};
    const float* row[kAbreast];
    for (size_t i = 0; i < abreast; ++i) row[i] = rows + which[first + i] * stride;
    for (bool moved = nodes[0].feature >= 0; moved;) {
      moved = false;
      for (size_t i = 0; i < abreast; ++i) {
        const Node& node = nodes[at[i]];
        const bool leaf = node.feature < 0;
        const float value = row[i][leaf ? 0 : node.feature];
        at[i] = leaf ? at[i] : node.next + (value <= node.threshold ? 0 : 1);
        moved |= !leaf;
      }
    }
    for (size_t i = 0; i < abreast; ++i) {
      AddLeaf(nodes[at[i]].next, sums + static_cast<int64_t>(which[first + i]) * width_);
    }
  }
}

void GrownTree::Save(ArchiveWriter& state) const {
  state.Array(nodes_);
  state.Array(values_);
}

void GrownTree::Load(ArchiveReader& state, int64_t features) {
  state.Array(nodes_);
  state.Array(values_);
  const size_t leaves = classes_ + values_.size() / width_;
  if (nodes_.empty()) state.Fail();
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    // Children come after their node: no path is endless.
    const bool good = node.feature < 0
                          ? node.next < leaves
                          : node.feature < features && node.next > i && node.next + size_t{1} < nodes_.size();
    if (!good) state.Fail();
  }
}

uint32_t GrownTree::Split(uint32_t node, int feature, float threshold, double gain) {
  const uint32_t left = AddNode();
  AddNode();
  nodes_[node] = {threshold, feature, left};
  gains_.push_back({feature, gain});
  return left;
}

void GrownTree::MakeLeaf(uint32_t node, const float* values) {
  nodes_[node].next = static_cast<uint32_t>(classes_ + values_.size() / width_);
  values_.insert(values_.end(), values, values + width_);
}

void GrownTree::Graft(uint32_t node, const GrownTree& subtree) {
  // The subtree's root takes the place of `node`; its other nodes follow ours.
  const uint32_t node_shift = static_cast<uint32_t>(nodes_.size()) - 1;
  const uint32_t leaf_shift = static_cast<uint32_t>(values_.size() / width_);
  const auto moved = [&](Node from) {
    const bool pure_leaf = from.feature < 0 && from.next < static_cast<uint32_t>(classes_);
    if (!pure_leaf) from.next += from.feature >= 0 ? node_shift : leaf_shift;
    return from;
  };
  nodes_[node] = moved(subtree.nodes_[0]);
  for (size_t i = 1; i < subtree.nodes_.size(); ++i) nodes_.push_back(moved(subtree.nodes_[i]));
  values_.insert(values_.end(), subtree.values_.begin(), subtree.values_.end());
  gains_.insert(gains_.end(), subtree.gains_.begin(), subtree.gains_.end());
}

std::vector<double> GrownTree::TakeImportance(int features) {
  std::vector<double> shares(features, 0);
  double all = 0;
  for (const Gain& split : gains_) {
    shares[split.feature] += split.gain;
    all += split.gain;
  }
  for (double& share : shares) share = all > 0 ? share / all : 0;
  gains_ = {};
  return shares;
}

}  // namespace parzen
