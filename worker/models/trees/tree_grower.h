// Grows classification trees (CART) on binned features.
//
// A tree depends on (samples, options, stream) alone: every node draws its features from a stream named by its path
// from the root, and every sum runs in a fixed order. As in scikit-learn, a feature in which a node's samples agree
// does not count towards max_features, samples are counted by distinct rows and weighed by how often they were drawn,
// and the cut lies half way between neighbouring values of the node.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "tbb/enumerable_thread_specific.h"
#include "worker/models/stop_check.h"
#include "worker/models/trees/class_tree.h"
#include "worker/models/trees/code_table.h"
#include "worker/models/trees/cut_finder.h"
#include "worker/models/trees/tree_options.h"

namespace parzen {

// Threads: internally synchronised. Borrows the table and the stop check.
class TreeGrower {
 public:
  TreeGrower(const CodeTable& table, int classes, int64_t largest_weight, const TreeOptions& options, StopCheck& stop);

  // `samples` are distinct rows of the table, ascending, at least one; changed. `parallel`: also uses the threads of
  // the task arena inside this one tree. Cancelled when asked to stop.
  absl::StatusOr<ClassTree> Grow(std::vector<Sample> samples, const RandomStream& stream, bool parallel);

 private:
  // Nodes with few samples are grown on a copy of their codes that a cache holds: first one for the third-level cache,
  // then within it others for the second-level cache.
  static constexpr int kLevels = 2;
  // What a part of the tree is grown on.
  struct Ground {
    CodeColumns columns;
    const Sample* by_row;  // the sample at each row; others than the tree's have no meaning
  };
  struct Block {
    CodeBlock codes;
    std::vector<uint32_t> rows;  // of the table
    std::vector<Sample> by_row;
  };
  // What one thread works with.
  struct Scratch {
    CutFinder finder;
    std::vector<Sample> moved;
    std::array<Block, kLevels> blocks;
  };
  struct Task;

  // Grow a task's node and all below it into `tree`; false when asked to stop. `level` counts the blocks around the
  // task.
  bool GrowAll(const Ground& ground, Sample* samples, Task root, int level, bool parallel, ClassTree& tree);
  bool GrowBlock(Sample* samples, Task task, int level, bool parallel, ClassTree& tree);
  // Stops at nodes of at most `limit` samples, and adds those to `small`.
  bool GrowLarge(const Ground& ground, Sample* samples, Task root, bool parallel, size_t limit, ClassTree& tree,
                 std::vector<Task>& small);
  // The best cut of the features that the node draws; drops from task.features those that prove constant. Both ways
  // give the same. No feature: there is no cut to make.
  Cut ChooseCut(const Ground& ground, Task& task, CutFinder& finder);
  Cut ChooseCutInParallel(const Ground& ground, const Sample* samples, Task& task);
  float Threshold(const Cut& cut) const;

  const CodeTable& table_;
  const int classes_;
  const TreeOptions options_;
  const int features_per_cut_;                    // not counting constant ones
  const std::array<size_t, kLevels> block_rows_;  // most samples of a block
  const std::vector<double> entropy_table_;
  StopCheck& stop_;
  tbb::enumerable_thread_specific<Scratch> scratch_;
};

}  // namespace parzen
