// A grown classification tree: compact nodes, and the class shares of its leaves. Immutable once grown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "worker/archive.h"

namespace parzen {

class ClassTree {
 public:
  explicit ClassTree(int classes) : classes_(classes) {}

  // Adds to shares[i * classes, (i + 1) * classes) the shares of the leaf that row i of features falls in.
  void AddShares(const float* rows, int64_t count, int64_t features, double* shares) const;

  void Save(ArchiveWriter& state) const;
  // Fails the reader when the state is not a tree on so many features.
  void Load(ArchiveReader& state, int64_t features);

  // For growing. A tree under construction has nodes that are neither leaf nor split yet.
  uint32_t AddNode() {
    nodes_.emplace_back();
    return static_cast<uint32_t>(nodes_.size() - 1);
  }
  // Makes `node` a split and returns its left child; the right one follows it. x <= threshold goes left.
  uint32_t Split(uint32_t node, int feature, float threshold);
  // Makes `node` a leaf. `weights` has the weight of each class, `total` in all.
  void MakeLeaf(uint32_t node, const uint32_t* weights, uint32_t total);
  // Makes `node` the root of `subtree`.
  void Graft(uint32_t node, const ClassTree& subtree);

 private:
  struct Node {
    float threshold = 0;
    int32_t feature = -1;  // -1: a leaf
    // The left child, the right one behind it. Of a leaf: its class when pure, else classes + row of mixed_shares_.
    uint32_t next = 0;
  };

  void AddLeaf(uint32_t leaf, double* shares) const;

  int classes_;
  std::vector<Node> nodes_;
  std::vector<float> mixed_shares_;  // leaves that are not pure x classes
};

}  // namespace parzen
