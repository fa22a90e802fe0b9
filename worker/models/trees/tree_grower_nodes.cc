// How a single node is cut.
#include <algorithm>
#include <utility>

#include "tbb/blocked_range.h"
#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"
#include "worker/models/trees/tree_grower.h"

namespace parzen {
namespace {

// Codes looked at between two questions whether to stop: a few milliseconds.
constexpr size_t kWorkPerStopCheck = 1 << 22;

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

}  // namespace

bool TreeGrower::StopAfter(size_t work, Scratch& scratch) {
  scratch.work += work;
  if (scratch.work < kWorkPerStopCheck) return false;
  scratch.work = 0;
  return stop_.Stopped();
}

std::optional<TreeGrower::Decision> TreeGrower::Decide(const Ground& ground, const Sample* samples, Task& task,
                                                       bool parallel) {
  const size_t count = task.count();
  CutFinder& finder = *scratch_.local().finder;
  finder.Enter(ground, samples + task.begin, count);
  const bool may_split = !finder.IsPure() && (options_.max_depth == 0 || task.depth < options_.max_depth) &&
                         count >= static_cast<size_t>(options_.min_samples_split) &&
                         count / 2 >= static_cast<size_t>(options_.min_samples_leaf);
  if (!may_split) return Decision{};
  const std::optional<Cut> cut = ChooseCut(ground, samples + task.begin, task, parallel);
  if (!cut.has_value()) return std::nullopt;
  if (cut->feature < 0) return Decision{};
  const double gain = cut->score - finder.NodeScore();
  return gain < task.least_gain ? Decision{} : Decision{*cut, gain};
}

std::optional<Cut> TreeGrower::ChooseCut(const Ground& ground, const Sample* samples, Task& task, bool parallel) {
  Scratch& scratch = scratch_.local();
  FeatureDraw draw(task.features, table_.features() - task.features.size(), options_.random_cuts, task.stream);
  Progress progress;
  if (parallel && !TryAtOnce(ground, samples, task.count(), draw, progress)) return std::nullopt;
  while (draw.left() > 0 && (progress.draws < features_per_cut_ || !progress.differ)) {
    const FeatureDraw::Drawn drawn = draw.Next();
    ++progress.draws;
    if (drawn.feature < 0) continue;
    if (StopAfter(task.count(), scratch)) return std::nullopt;
    if (!scratch.finder->Find(drawn.feature, drawn.place, ground.columns.column(drawn.feature), progress.best)) {
      draw.MarkConstant(draw.drawn() - 1);
      continue;
    }
    progress.differ = true;
    // Both children are leaves: nobody draws after them.
    if (scratch.finder->IsPerfect(progress.best.score)) return progress.best;
  }
  draw.DropConstants();
  return progress.best;
}

bool TreeGrower::TryAtOnce(const Ground& ground, const Sample* samples, size_t count, FeatureDraw& draw,
                           Progress& progress) {
  struct Try {
    FeatureDraw::Drawn drawn;
    bool constant = false;
    Cut cut;
  };
  std::vector<Try> tries;
  for (; progress.draws < features_per_cut_ && draw.left() > 0; ++progress.draws) {
    const FeatureDraw::Drawn drawn = draw.Next();
    if (drawn.feature >= 0) tries.push_back({drawn, false, {}});
  }
  const auto find = [&](const tbb::blocked_range<size_t>& range) {
    Scratch& own = scratch_.local();
    own.finder->Enter(ground, samples, count);
    for (size_t i = range.begin(); i < range.end(); ++i) {
      if (StopAfter(count, own)) return;
      Try& one = tries[i];
      const CodeColumn column = ground.columns.column(one.drawn.feature);
      one.constant = !own.finder->Find(one.drawn.feature, one.drawn.place, column, one.cut);
    }
  };
  const tbb::blocked_range<size_t> all(0, tries.size(), std::max<size_t>(tries.size() / 32, 4));
  // Isolated: while this thread waits it must not begin another tree, whose work would overwrite its scratch.
  tbb::this_task_arena::isolate([&] { tbb::parallel_for(all, find); });
  if (stop_.Stopped()) return false;  // then not all features were tried
  for (size_t i = 0; i < tries.size(); ++i) {
    if (tries[i].constant) draw.MarkConstant(i);
    progress.differ |= !tries[i].constant;
    if (tries[i].cut.score > progress.best.score) progress.best = tries[i].cut;
  }
  return true;
}

std::array<TreeGrower::Task, 2> TreeGrower::Split(const Ground& ground, const Decision& decision, Sample* samples,
                                                  Task task, GrownTree& tree) {
  const Cut& cut = decision.cut;
  const size_t middle = task.begin + Partition(ground.columns.column(cut.feature).codes, cut.low, samples + task.begin,
                                               task.count(), scratch_.local().moved);
  const uint32_t left = tree.Split(task.node, cut.feature, Threshold(cut), decision.gain);
  const int depth = task.depth + 1;
  std::array<Task, 2> sides = {Task{left, task.begin, middle, depth, task.least_gain, task.stream.Fork(0), {}},
                               Task{left + 1, middle, task.end, depth, task.least_gain, task.stream.Fork(1), {}}};
  const int smaller = sides[0].count() <= sides[1].count() ? 0 : 1;
  sides[smaller].features = task.features;
  sides[1 - smaller].features = std::move(task.features);
  return sides;
}

float TreeGrower::Threshold(const Cut& cut) const {
  const float low = table_.binned().threshold(cut.feature, cut.low);
  const float high = table_.binned().threshold(cut.feature, cut.high - 1);
  const float middle = static_cast<float>((static_cast<double>(low) + static_cast<double>(high)) / 2);
  return middle >= low && middle <= high ? middle : low;
}

}  // namespace parzen
