#include "worker/models/class_tree.h"

#include <algorithm>

namespace parzen {

int ClassTree::depth() const {
  // Children come after their parents, so one pass knows every parent's level first.
  std::vector<int> level(nodes_.size(), 0);
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].feature >= 0) level[nodes_[i].next] = level[nodes_[i].next + 1] = level[i] + 1;
  }
  return level.empty() ? 0 : *std::max_element(level.begin(), level.end());
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
