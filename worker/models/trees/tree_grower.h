// Grows trees (CART; Breiman et al., 1984) on binned features.
//
// A tree depends on (samples, options, stream) alone: every node draws its features from a stream named by its path
// from the root, and every sum is exact or runs in a fixed order. As in scikit-learn, samples are counted by distinct
// rows and weighed by how often they were drawn, and the cut lies half way between neighbouring values of the node.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "tbb/enumerable_thread_specific.h"
#include "worker/models/stop_check.h"
#include "worker/models/trees/class_impurity.h"
#include "worker/models/trees/code_table.h"
#include "worker/models/trees/code_values.h"
#include "worker/models/trees/cut_finder.h"
#include "worker/models/trees/feature_draw.h"
#include "worker/models/trees/grown_tree.h"
#include "worker/models/trees/scaled_targets.h"
#include "worker/models/trees/tree_options.h"
#include "worker/prepared_data.h"

namespace parzen {

// Threads: internally synchronised. Borrows the rows and the stop check. Memory: two bytes a value of the rows, and for
// each thread 8 MiB and one for each thousand classes.
class TreeGrower {
 public:
  // `class_weights`: TreeClassWeights. Requires: CheckTreeData is OK.
  TreeGrower(const TrainingRows& rows, const TreeOptions& options, std::vector<double> class_weights, StopCheck& stop);

  // `samples` are distinct rows of the table, ascending, at least one, of no more weight than there are rows; changed.
  // `parallel`: also uses the threads of the task arena inside this one tree. Cancelled when asked to stop.
  absl::StatusOr<GrownTree> Grow(std::vector<Sample> samples, const RandomStream& stream, bool parallel);

 private:
  // Nodes with few samples are grown on a copy of their codes that a cache holds: first one for the third-level cache,
  // then, where it pays, within it others for the second-level cache.
  static constexpr int kLevels = 2;
  struct Block {
    CodeBlock codes;
    std::vector<uint32_t> rows;  // of the table
    std::vector<Sample> by_row;
    std::vector<int64_t> targets;
  };
  // What one thread works with.
  struct Scratch {
    std::unique_ptr<CutFinder> finder;
    std::vector<Sample> moved;
    std::array<Block, kLevels> blocks;
    size_t work = 0;  // since it asked whether to stop
  };
  // A node to be grown.
  struct Task {
    uint32_t node;
    size_t begin, end;  // of its samples
    int depth;
    double least_gain;  // that a cut must have
    RandomStream stream;
    std::vector<int32_t> features;  // not known to be constant in it

    size_t count() const { return end - begin; }
  };
  // What to do with a node: a cut, or none: a leaf.
  struct Decision {
    Cut cut;
    double gain = 0;
  };
  // How far a node has come with trying features.
  struct Progress {
    int draws = 0;
    bool differ = false;  // the samples do, in some feature tried
    Cut best;
  };
  struct Candidate;

  std::unique_ptr<CutFinder> MakeFinder() const;

  // Grow a task's node and all below it into `tree`; false when asked to stop. `level` counts the blocks around the
  // task.
  bool GrowAll(const Ground& ground, Sample* samples, Task root, int level, bool parallel, GrownTree& tree);
  bool GrowBlock(Sample* samples, Task task, int level, bool parallel, GrownTree& tree);
  // Stops at nodes of at most `limit` samples, and adds those to `small`.
  bool GrowLarge(const Ground& ground, Sample* samples, Task root, bool parallel, size_t limit, GrownTree& tree,
                 std::vector<Task>& small);
  // Splits where impurity falls most until there are as many leaves as may be.
  bool GrowBestFirst(const Ground& ground, Sample* samples, Task root, bool parallel, GrownTree& tree);

  // The best cut of the features that the node draws; drops from task.features those that prove constant. `parallel`
  // gives the same. The calling thread's finder is then at this node. nullopt: asked to stop.
  std::optional<Decision> Decide(const Ground& ground, const Sample* samples, Task& task, bool parallel);
  std::optional<Cut> ChooseCut(const Ground& ground, const Sample* samples, Task& task, bool parallel);
  // Tries as many features as a node may, many at once; false when asked to stop.
  bool TryAtOnce(const Ground& ground, const Sample* samples, size_t count, FeatureDraw& draw, Progress& progress);
  std::array<Task, 2> Split(const Ground& ground, const Decision& decision, Sample* samples, Task task,
                            GrownTree& tree);
  float Threshold(const Cut& cut) const;
  bool StopAfter(size_t work, Scratch& scratch);

  const int classes_;
  const TreeOptions options_;
  const CodeTable table_;
  const int features_per_cut_;
  const std::array<size_t, kLevels> block_rows_;  // most samples of a block; 0: there is none
  std::optional<CodeValues> values_;              // with random cuts
  std::optional<ScaledTargets> targets_;          // in a regression
  const ClassImpurity impurity_;
  StopCheck& stop_;
  tbb::enumerable_thread_specific<Scratch> scratch_;
};

}  // namespace parzen
