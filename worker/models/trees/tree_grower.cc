#include "worker/models/trees/tree_grower.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "absl/status/status.h"
#include "tbb/blocked_range.h"
#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"

namespace parzen {
namespace {

// Blocks that stay in a core's share of the third-level cache, and in its second-level cache, while they grow.
constexpr size_t kBlockBytes[] = {6 << 20, 1 << 20};
constexpr size_t kFewestBlockRows = 256;
constexpr size_t kMostBlockRows[] = {32768, 4096};

size_t BlockRows(const CodeTable& table, int level) {
  return std::clamp(kBlockBytes[level] / table.row_bytes(), kFewestBlockRows, kMostBlockRows[level]);
}

// Codes looked at between two questions whether to stop: a few milliseconds.
constexpr size_t kWorkPerStopCheck = 1 << 22;

bool IsConstant(const uint8_t* codes, size_t count) { return std::memcmp(codes, codes + 1, count - 1) == 0; }

// Moves the samples that go left to the front, both sides in their old order, and returns how many those are.
size_t Partition(const uint8_t* column, uint8_t low, Sample* samples, size_t count, std::vector<Sample>& moved) {
  if (moved.size() < count) moved.resize(count);
  size_t left = 0, right = 0;
  for (size_t i = 0; i < count; ++i) {
    const Sample sample = samples[i];
    const bool goes_left = column[sample.row] <= low;
    samples[left] = sample;
    moved[right] = sample;
    left += goes_left;
    right += !goes_left;
  }
  std::copy(moved.begin(), moved.begin() + right, samples + left);
  return left;
}

// The order in which a node tries its features: a shuffle drawn as far as it is needed, whatever comes of each feature,
// so that features can be tried one by one or many at once.
class FeatureDraw {
 public:
  FeatureDraw(std::vector<int32_t>& features, RandomStream stream) : features_(features), stream_(stream) {}

  size_t drawn() const { return drawn_; }
  size_t left() const { return features_.size() - drawn_; }
  int Next() {
    std::swap(features_[drawn_], features_[drawn_ + stream_.Below(left())]);
    return features_[drawn_++];
  }
  void MarkConstant(size_t place) { features_[place] = -1; }
  // What the node's children may draw from: a feature that is constant here is constant there.
  void DropConstants() {
    for (size_t place = drawn_; place-- > 0;) {
      if (features_[place] >= 0) continue;
      features_[place] = features_.back();
      features_.pop_back();
    }
  }

 private:
  std::vector<int32_t>& features_;
  RandomStream stream_;
  size_t drawn_ = 0;
};

}  // namespace

// A node to be grown.
struct TreeGrower::Task {
  uint32_t node;
  size_t begin, end;  // of its samples
  int depth;
  RandomStream stream;
  std::vector<int32_t> features;  // not known to be constant in it

  size_t count() const { return end - begin; }
};

TreeGrower::TreeGrower(const CodeTable& table, int classes, int64_t largest_weight, const TreeOptions& options,
                       StopCheck& stop)
    : table_(table),
      classes_(classes),
      options_(options),
      features_per_cut_(options.max_features.Of(table.features())),
      block_rows_{BlockRows(table, 0), BlockRows(table, 1)},
      entropy_table_(EntropyTable(options.criterion, largest_weight)),
      stop_(stop),
      scratch_([this] {
        return Scratch{CutFinder(classes_, options_, entropy_table_), {}, {}};
      }) {}

absl::StatusOr<ClassTree> TreeGrower::Grow(std::vector<Sample> samples, const RandomStream& stream, bool parallel) {
  ClassTree tree(classes_);
  Task root{tree.AddNode(), 0, samples.size(), 0, stream, std::vector<int32_t>(table_.features())};
  std::iota(root.features.begin(), root.features.end(), 0);
  std::vector<Sample> by_row(table_.binned().rows());
  for (const Sample& sample : samples) by_row[sample.row] = sample;
  if (!GrowAll({table_.columns(), by_row.data()}, samples.data(), std::move(root), 0, parallel, tree)) {
    return absl::CancelledError("training was asked to stop");
  }
  return tree;
}

bool TreeGrower::GrowAll(const Ground& ground, Sample* samples, Task root, int level, bool parallel, ClassTree& tree) {
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
  std::vector<ClassTree> subtrees(small.size(), ClassTree(classes_));
  std::vector<uint32_t> nodes;
  for (const Task& task : small) nodes.push_back(task.node);
  std::atomic<bool> finished = true;
  const bool innermost = level + 1 == kLevels;
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

bool TreeGrower::GrowBlock(Sample* samples, Task task, int level, bool parallel, ClassTree& tree) {
  Block& block = scratch_.local().blocks[level];
  samples += task.begin;
  const size_t count = task.count();
  block.rows.resize(count);
  for (size_t i = 0; i < count; ++i) {
    block.rows[i] = samples[i].row;
    samples[i].row = static_cast<uint32_t>(i);
  }
  block.by_row.assign(samples, samples + count);
  const CodeColumns columns = table_.CutBlock(block.rows, block.codes);
  std::erase_if(task.features, [&](int feature) { return IsConstant(columns.column(feature).codes, count); });
  task.node = tree.AddNode();
  task.begin = 0;
  task.end = count;
  return GrowAll({columns, block.by_row.data()}, samples, std::move(task), level + 1, parallel, tree);
}

bool TreeGrower::GrowLarge(const Ground& ground, Sample* samples, Task root, bool parallel, size_t limit,
                           ClassTree& tree, std::vector<Task>& small) {
  std::vector<Task> open;
  open.push_back(std::move(root));
  size_t work = 0;
  while (!open.empty()) {
    Task task = std::move(open.back());
    open.pop_back();
    const size_t count = task.count();
    if (count <= limit) {
      small.push_back(std::move(task));
      continue;
    }
    work += count * features_per_cut_;
    if (work >= kWorkPerStopCheck) {
      if (stop_.Stopped()) return false;
      work = 0;
    }
    Scratch& scratch = scratch_.local();
    Sample* const own = samples + task.begin;
    scratch.finder.Enter(own, count, ground.by_row, ground.columns.words);
    const bool may_split = !scratch.finder.pure() && (options_.max_depth == 0 || task.depth < options_.max_depth) &&
                           count >= static_cast<size_t>(options_.min_samples_split) &&
                           count / 2 >= static_cast<size_t>(options_.min_samples_leaf);
    Cut cut;
    if (may_split && parallel) {
      cut = ChooseCutInParallel(ground, own, task);
      if (stop_.Stopped()) return false;  // then not all features were tried
    } else if (may_split) {
      cut = ChooseCut(ground, task, scratch.finder);
    }
    if (cut.feature < 0) {
      tree.MakeLeaf(task.node, scratch.finder.class_weights().data(), scratch.finder.weight());
      continue;
    }
    const size_t middle =
        task.begin + Partition(ground.columns.column(cut.feature).codes, cut.low, own, count, scratch.moved);
    const uint32_t left = tree.Split(task.node, cut.feature, Threshold(cut));
    Task sides[] = {{left, task.begin, middle, task.depth + 1, task.stream.Fork(0), {}},
                    {left + 1, middle, task.end, task.depth + 1, task.stream.Fork(1), {}}};
    // The smaller side is grown first: no more tasks wait than the number of samples has bits.
    const int smaller = sides[0].count() <= sides[1].count() ? 0 : 1;
    sides[smaller].features = task.features;
    sides[1 - smaller].features = std::move(task.features);
    open.push_back(std::move(sides[1 - smaller]));
    open.push_back(std::move(sides[smaller]));
  }
  return true;
}

Cut TreeGrower::ChooseCut(const Ground& ground, Task& task, CutFinder& finder) {
  Cut best;
  FeatureDraw draw(task.features, task.stream);
  for (int tried = 0; tried < features_per_cut_ && draw.left() > 0;) {
    const int feature = draw.Next();
    if (finder.Find(feature, ground.columns.column(feature), best)) {
      ++tried;
      if (finder.IsPerfect(best.score)) return best;  // both children are leaves: nobody draws after them
    } else {
      draw.MarkConstant(draw.drawn() - 1);
    }
  }
  draw.DropConstants();
  return best;
}

Cut TreeGrower::ChooseCutInParallel(const Ground& ground, const Sample* samples, Task& task) {
  struct Try {
    int feature = -1;
    bool constant = false;
    Cut cut;
  };
  Cut best;
  FeatureDraw draw(task.features, task.stream);
  size_t missing = features_per_cut_;
  while (missing > 0 && draw.left() > 0) {
    const size_t first = draw.drawn();
    std::vector<Try> tries(std::min(missing, draw.left()));
    for (Try& one : tries) one.feature = draw.Next();
    const tbb::blocked_range<size_t> all(0, tries.size(), std::max<size_t>(tries.size() / 32, 4));
    const auto find = [&](const tbb::blocked_range<size_t>& range) {
      if (stop_.Stopped()) return;
      CutFinder& finder = scratch_.local().finder;
      finder.Enter(samples, task.count(), ground.by_row, ground.columns.words);
      for (size_t i = range.begin(); i < range.end(); ++i) {
        Try& one = tries[i];
        one.constant = !finder.Find(one.feature, ground.columns.column(one.feature), one.cut);
      }
    };
    // Isolated: while this thread waits it must not begin another tree, whose work would overwrite its scratch.
    tbb::this_task_arena::isolate([&] { tbb::parallel_for(all, find); });
    for (size_t i = 0; i < tries.size(); ++i) {
      if (tries[i].constant) {
        draw.MarkConstant(first + i);
      } else {
        --missing;
      }
      if (tries[i].cut.score > best.score) best = tries[i].cut;
    }
  }
  draw.DropConstants();
  return best;
}

float TreeGrower::Threshold(const Cut& cut) const {
  const float low = table_.binned().threshold(cut.feature, cut.low);
  const float high = table_.binned().threshold(cut.feature, cut.high - 1);
  const float middle = static_cast<float>((static_cast<double>(low) + static_cast<double>(high)) / 2);
  return middle >= low && middle <= high ? middle : low;
}

}  // namespace parzen
