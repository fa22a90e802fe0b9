#include "worker/models/trees/tree_grower.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <numeric>
#include <queue>
#include <utility>

#include "absl/status/status.h"
#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"
#include "worker/models/trees/class_cut_finder.h"
#include "worker/models/trees/target_cut_finder.h"

namespace parzen {
namespace {

// Blocks that stay in a core's share of the third-level cache, and in its second-level cache, while they grow. Where
// nodes try few features, copying all of them twice costs more than it saves: then there is one block between both.
constexpr size_t kBlockBytes[] = {6 << 20, 1 << 20};
constexpr size_t kOnlyBlockBytes = 3 << 20;
constexpr int kFewFeatures = 16;  // fewer than one in so many
constexpr size_t kFewestBlockRows = 256;
constexpr size_t kMostBlockRows[] = {32768, 4096};

size_t BlockRows(const CodeTable& table, int features_per_cut, int level) {
  const bool few = features_per_cut * kFewFeatures < table.features();
  if (few && level > 0) return 0;
  const size_t bytes = few ? kOnlyBlockBytes : kBlockBytes[level];
  return std::clamp(bytes / table.row_bytes(), kFewestBlockRows, kMostBlockRows[level]);
}

bool IsConstant(const uint8_t* codes, size_t count) { return std::memcmp(codes, codes + 1, count - 1) == 0; }

}  // namespace

TreeGrower::TreeGrower(const TrainingRows& rows, const TreeOptions& options, std::vector<double> class_weights,
                       StopCheck& stop)
    : classes_(rows.classes()),
      options_(options),
      table_(rows.binned()),
      features_per_cut_(
          (classes_ == 0 ? options.max_features_for_targets : options.max_features).Of(table_.features())),
      block_rows_{BlockRows(table_, features_per_cut_, 0), BlockRows(table_, features_per_cut_, 1)},
      impurity_(options.criterion, rows.classes() == 0 ? 0 : rows.rows(), std::move(class_weights)),
      stop_(stop),
      scratch_([this] {
        return Scratch{MakeFinder(), {}, {}};
      }) {
  if (options.random_cuts) values_.emplace(rows.features(), rows.binned());
  if (classes_ == 0) targets_.emplace(rows.targets());
}

std::unique_ptr<CutFinder> TreeGrower::MakeFinder() const {
  const CodeValues* const values = values_.has_value() ? &*values_ : nullptr;
  if (targets_.has_value()) return std::make_unique<TargetCutFinder>(options_.min_samples_leaf, *targets_, values);
  return std::make_unique<ClassCutFinder>(classes_, options_.min_samples_leaf, impurity_, values);
}

absl::StatusOr<GrownTree> TreeGrower::Grow(std::vector<Sample> samples, const RandomStream& stream, bool parallel) {
  GrownTree tree(classes_);
  std::vector<Sample> by_row(table_.binned().rows());
  for (const Sample& sample : samples) by_row[sample.row] = sample;
  const Ground ground{table_.columns(), by_row.data(), targets_.has_value() ? targets_->scaled().data() : nullptr};
  CutFinder& finder = *scratch_.local().finder;
  finder.Enter(ground, samples.data(), samples.size());
  // As scikit-learn does, forgive a rounding error.
  const double least = options_.min_impurity_decrease - std::numeric_limits<double>::epsilon();
  const double least_gain = least < 0 ? -std::numeric_limits<double>::infinity() : least * finder.Weight();
  Task root{tree.AddNode(), 0, samples.size(), 0, least_gain, stream, std::vector<int32_t>(table_.features())};
  std::iota(root.features.begin(), root.features.end(), 0);
  const bool grown = options_.max_leaf_nodes > 0
                         ? GrowBestFirst(ground, samples.data(), std::move(root), parallel, tree)
                         : GrowAll(ground, samples.data(), std::move(root), 0, parallel, tree);
  if (!grown) return absl::CancelledError("training was asked to stop");
  return tree;
}

bool TreeGrower::GrowAll(const Ground& ground, Sample* samples, Task root, int level, bool parallel, GrownTree& tree) {
  std::vector<Task> small;
  const size_t limit = level < kLevels ? block_rows_[level] : 0;
  if (!GrowLarge(ground, samples, std::move(root), parallel, limit, tree, small)) return false;
  if (level == kLevels) return true;
  if (level > 0) {
    const std::vector<uint32_t>& rows = scratch_.local().blocks[level - 1].rows;
    for (const Task& task : small) {
      for (size_t i = task.begin; i < task.end; ++i) samples[i].row = rows[samples[i].row];
    }
  }
  std::vector<GrownTree> subtrees(small.size(), GrownTree(classes_));
  std::vector<uint32_t> nodes;
  for (const Task& task : small) nodes.push_back(task.node);
  std::atomic<bool> finished = true;
  const bool innermost = level + 1 == kLevels || block_rows_[level + 1] == 0;
  const auto grow = [&](size_t i) {
    if (!GrowBlock(samples, std::move(small[i]), level, parallel && !innermost, subtrees[i])) finished = false;
  };
  if (parallel && innermost) {
    tbb::this_task_arena::isolate([&] { tbb::parallel_for(size_t{0}, small.size(), grow); });
  } else {
    for (size_t i = 0; i < small.size() && finished; ++i) grow(i);
  }
  for (size_t i = 0; i < subtrees.size() && finished; ++i) tree.Graft(nodes[i], subtrees[i]);
  return finished;
}

bool TreeGrower::GrowBlock(Sample* samples, Task task, int level, bool parallel, GrownTree& tree) {
  Block& block = scratch_.local().blocks[level];
  samples += task.begin;
  const size_t count = task.count();
  block.rows.resize(count);
  for (size_t i = 0; i < count; ++i) {
    block.rows[i] = samples[i].row;
    samples[i].row = static_cast<uint32_t>(i);
  }
  block.by_row.assign(samples, samples + count);
  if (targets_.has_value()) {
    block.targets.resize(count);
    for (size_t i = 0; i < count; ++i) block.targets[i] = targets_->scaled()[block.rows[i]];
  }
  const CodeColumns columns = table_.CutBlock(block.rows, block.codes);
  std::erase_if(task.features, [&](int feature) { return IsConstant(columns.column(feature).codes, count); });
  task.node = tree.AddNode();
  task.begin = 0;
  task.end = count;
  return GrowAll({columns, block.by_row.data(), block.targets.data()}, samples, std::move(task), level + 1, parallel,
                 tree);
}

bool TreeGrower::GrowLarge(const Ground& ground, Sample* samples, Task root, bool parallel, size_t limit,
                           GrownTree& tree, std::vector<Task>& small) {
  std::vector<Task> open;
  open.push_back(std::move(root));
  while (!open.empty()) {
    Task task = std::move(open.back());
    open.pop_back();
    if (task.count() <= limit) {
      small.push_back(std::move(task));
      continue;
    }
    const std::optional<Decision> decision = Decide(ground, samples, task, parallel);
    if (!decision.has_value()) return false;
    if (decision->cut.feature < 0) {
      scratch_.local().finder->MakeLeaf(task.node, tree);
      continue;
    }
    auto [left, right] = Split(ground, *decision, samples, std::move(task), tree);
    // The smaller side is grown first: no more tasks wait than the number of samples has bits.
    const bool left_first = left.count() <= right.count();
    open.push_back(std::move(left_first ? right : left));
    open.push_back(std::move(left_first ? left : right));
  }
  return true;
}

// A node that may be split next.
struct TreeGrower::Candidate {
  Task task;
  Decision decision;

  // The one with the larger gain comes first; among equals the older one.
  bool operator<(const Candidate& other) const {
    return decision.gain != other.decision.gain ? decision.gain < other.decision.gain : task.node > other.task.node;
  }
};

bool TreeGrower::GrowBestFirst(const Ground& ground, Sample* samples, Task root, bool parallel, GrownTree& tree) {
  CutFinder& finder = *scratch_.local().finder;
  std::vector<Candidate> open;  // a heap
  int splits_left = options_.max_leaf_nodes - 1;
  const auto make_leaf = [&](const Task& task) {
    finder.Enter(ground, samples + task.begin, task.count());
    finder.MakeLeaf(task.node, tree);
  };
  const auto consider = [&](Task task) {
    if (splits_left == 0) {
      make_leaf(task);
      return true;
    }
    const std::optional<Decision> decision = Decide(ground, samples, task, parallel);
    if (!decision.has_value()) return false;
    if (decision->cut.feature < 0) {
      finder.MakeLeaf(task.node, tree);
    } else {
      open.push_back({std::move(task), *decision});
      std::push_heap(open.begin(), open.end());
    }
    return true;
  };
  if (!consider(std::move(root))) return false;
  for (; splits_left > 0 && !open.empty(); --splits_left) {
    std::pop_heap(open.begin(), open.end());
    Candidate best = std::move(open.back());
    open.pop_back();
    auto [left, right] = Split(ground, best.decision, samples, std::move(best.task), tree);
    if (!consider(std::move(left)) || !consider(std::move(right))) return false;
  }
  for (const Candidate& left_over : open) make_leaf(left_over.task);
  return true;
}

}  // namespace parzen
