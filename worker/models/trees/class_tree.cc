#include "worker/models/trees/class_tree.h"

#include <algorithm>

namespace parzen {

void ClassTree::AddLeaf(uint32_t leaf, double* shares) const {
  if (leaf < static_cast<uint32_t>(classes_)) {
    shares[leaf] += 1;
    return;
  }
  const float* mixed = mixed_shares_.data() + static_cast<size_t>(leaf - classes_) * classes_;
  for (int c = 0; c < classes_; ++c) shares[c] += mixed[c];
}

void ClassTree::AddShares(const float* rows, int64_t count, int64_t features, double* shares) const {
  const Node* const nodes = nodes_.data();
  // Rows go down side by side, since each step waits for memory: one row that has arrived waits at its leaf for the
  // others.
  constexpr int64_t kAbreast = 8;
  for (int64_t first = 0; first < count; first += kAbreast) {
    const int64_t abreast = std::min(kAbreast, count - first);
    uint32_t at[kAbreast] = {};
    for (bool moved = nodes[0].feature >= 0; moved;) {
      moved = false;
      for (int64_t i = 0; i < abreast; ++i) {
        const Node& node = nodes[at[i]];
        const bool leaf = node.feature < 0;
        const float value = rows[(first + i) * features + (leaf ? 0 : node.feature)];
        at[i] = leaf ? at[i] : node.next + (value <= node.threshold ? 0 : 1);
        moved |= !leaf;
      }
    }
    for (int64_t i = 0; i < abreast; ++i) AddLeaf(nodes[at[i]].next, shares + (first + i) * classes_);
  }
}

void ClassTree::Save(ArchiveWriter& state) const {
  state.Array(nodes_);
  state.Array(mixed_shares_);
}

void ClassTree::Load(ArchiveReader& state, int64_t features) {
  state.Array(nodes_);
  state.Array(mixed_shares_);
  const size_t leaves = classes_ + mixed_shares_.size() / static_cast<size_t>(std::max(classes_, 1));
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

uint32_t ClassTree::Split(uint32_t node, int feature, float threshold) {
  const uint32_t left = AddNode();
  AddNode();
  nodes_[node] = {threshold, feature, left};
  return left;
}

void ClassTree::MakeLeaf(uint32_t node, const uint32_t* weights, uint32_t total) {
  const uint32_t* largest = std::max_element(weights, weights + classes_);
  if (*largest == total) {
    nodes_[node].next = static_cast<uint32_t>(largest - weights);
    return;
  }
  nodes_[node].next = static_cast<uint32_t>(classes_ + mixed_shares_.size() / classes_);
  for (int c = 0; c < classes_; ++c) {
    mixed_shares_.push_back(static_cast<float>(static_cast<double>(weights[c]) / total));
  }
}

void ClassTree::Graft(uint32_t node, const ClassTree& subtree) {
  // The subtree's root takes the place of `node`; its other nodes follow ours.
  const uint32_t node_shift = static_cast<uint32_t>(nodes_.size()) - 1;
  const uint32_t leaf_shift = static_cast<uint32_t>(mixed_shares_.size() / classes_);
  const auto moved = [&](Node from) {
    const bool pure_leaf = from.feature < 0 && from.next < static_cast<uint32_t>(classes_);
    if (!pure_leaf) from.next += from.feature >= 0 ? node_shift : leaf_shift;
    return from;
  };
  nodes_[node] = moved(subtree.nodes_[0]);
  for (size_t i = 1; i < subtree.nodes_.size(); ++i) nodes_.push_back(moved(subtree.nodes_[i]));
  mixed_shares_.insert(mixed_shares_.end(), subtree.mixed_shares_.begin(), subtree.mixed_shares_.end());
}

}  // namespace parzen
