// What happens to the trees of a forest in their order while they are still grown in any order: their importances are
// summed, and who watches is told what the trees so far predict.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "absl/types/span.h"
#include "worker/models/model.h"
#include "worker/models/trees/grown_tree.h"
#include "worker/models/trees/tree_model.h"

namespace parzen {

// Threads: internally synchronised. Borrows the trees and the context.
class ForestSteps {
 public:
  // `trees`: places for all trees of the forest.
  ForestSteps(absl::Span<GrownTree> trees, int width, int features, const FitContext& context);

  // Whether training should end: asks whether stop was requested, or remembers that who watches said so.
  bool Stopped();

  // Tree `i` is grown. May work on others that were: whatever is grown without a gap from the first tree on. Reports
  // about 20 times, after evenly many trees each, last of all after all of them.
  void Done(int i);

  // Each feature's mean share of the trees' gains, of those trees that have any. Requires: all trees are done.
  std::vector<double> Importance() const;

 private:
  void Take(GrownTree& tree);

  const absl::Span<GrownTree> trees_;
  const int features_;
  const FitContext& context_;

  std::mutex asking_;  // held while the context is asked or told anything
  bool pruned_ = false;

  std::mutex mutex_;
  std::vector<bool> done_;
  bool taking_ = false;  // some thread takes trees, and owns what follows
  int taken_ = 0;
  int reported_ = 0;  // trees
  std::vector<double> importance_;
  TreeSums sums_;  // for the watched rows
};

}  // namespace parzen
