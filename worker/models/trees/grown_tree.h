// A grown tree: compact nodes, and what its leaves say: class shares, or in a regression a mean. Immutable once grown.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "worker/archive.h"

namespace parzen {

class GrownTree {
 public:
  // 0 classes: a regression.
  explicit GrownTree(int classes) : classes_(classes), width_(std::max(classes, 1)) {}

  // How many numbers a leaf says: one a class, or one.
  int width() const { return width_; }
  int64_t leaves() const { return (static_cast<int64_t>(nodes_.size()) + 1) / 2; }

  // Row r is the features from rows + r * stride on. Adds what the leaf of each row of `which` says to
  // sums[r * width, (r + 1) * width).
  void AddValues(const float* rows, int64_t stride, absl::Span<const int32_t> which, double* sums) const;

  void Save(ArchiveWriter& state) const;
  // Fails the reader when the state is not a tree on so many features.
  void Load(ArchiveReader& state, int64_t features);

  // For growing. A tree under construction has nodes that are neither leaf nor split yet.
  uint32_t AddNode() {
    nodes_.emplace_back();
    return static_cast<uint32_t>(nodes_.size() - 1);
  }
  // Makes `node` a split and returns its left child; the right one follows it. x <= threshold goes left. `gain`: the
  // node's weight times the decrease of impurity.
  uint32_t Split(uint32_t node, int feature, float threshold, double gain);
  // Makes `node` a leaf of rows of one class.
  void MakePureLeaf(uint32_t node, int32_t label) { nodes_[node].next = static_cast<uint32_t>(label); }
  // Makes `node` a leaf that says these `width` numbers.
  void MakeLeaf(uint32_t node, const float* values);
  // Makes `node` the root of `subtree`.
  void Graft(uint32_t node, const GrownTree& subtree);
  // The share of all gains that each feature has; all 0 without a split that gains. Forgets the gains: may be called
  // once, when the tree is grown.
  std::vector<double> TakeImportance(int features);

 private:
  struct Node {
    float threshold = 0;
    int32_t feature = -1;  // -1: a leaf
    // The left child, the right one behind it. Of a leaf: its class when pure, else classes + row of values_.
    uint32_t next = 0;
  };
  struct Gain {
    int32_t feature;
    double gain;
  };

  void AddLeaf(uint32_t leaf, double* sums) const;

  int classes_;
  int width_;
  std::vector<Node> nodes_;
  std::vector<float> values_;  // leaves that are not pure x width
  std::vector<Gain> gains_;    // of the splits
};

}  // namespace parzen
