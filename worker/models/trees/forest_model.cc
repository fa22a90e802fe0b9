#include "worker/models/trees/forest_model.h"

#include <atomic>
#include <utility>

#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"
#include "worker/models/stop_check.h"
#include "worker/models/trees/forest_steps.h"
#include "worker/models/trees/out_of_bag.h"
#include "worker/models/trees/tree_grower.h"
#include "worker/models/trees/tree_model.h"

namespace parzen {
namespace {

// As many rows as there are, drawn with replacement: each drawn row once, weighed by how often it was drawn.
std::vector<Sample> Bootstrap(absl::Span<const int32_t> labels, RandomStream stream) {
  std::vector<uint16_t> times(labels.size(), 0);
  for (size_t i = 0; i < labels.size(); ++i) ++times[stream.Below(labels.size())];
  std::vector<Sample> samples;
  samples.reserve(labels.size());
  for (size_t row = 0; row < labels.size(); ++row) {
    if (times[row] == 0) continue;
    samples.push_back({static_cast<uint32_t>(row), static_cast<uint16_t>(labels[row]), times[row]});
  }
  return samples;
}

}  // namespace

absl::Status ForestModel::Fit(const TrainingRows& rows, FitContext& context) {
  RETURN_IF_ERROR(CheckTreeData(rows, options_.tree));
  ASSIGN_OR_RETURN(std::vector<double> class_weights, TreeClassWeights(rows, options_.tree, context.class_names));
  classes_ = rows.classes();
  trees_.assign(options_.trees, GrownTree(classes_));
  ForestSteps steps(absl::MakeSpan(trees_), trees_[0].width(), static_cast<int>(rows.features().cols()), context);
  const std::function<bool()> ask = [&] { return steps.Stopped(); };
  StopCheck stop(ask);
  TreeGrower grower(rows, options_.tree, std::move(class_weights), stop);
  std::optional<OutOfBag> bags;
  if (options_.out_of_bag) bags.emplace(rows.rows(), options_.trees);
  const bool parallel_inside = options_.trees < tbb::this_task_arena::max_concurrency();
  std::atomic<int> begun = 0, grown = 0;
  // Trees are begun in their order, whatever part of the range a thread has: so the first ones are done first.
  tbb::parallel_for(0, options_.trees, [&](int) {
    if (stop.Stopped()) return;
    const int i = begun++;
    const RandomStream stream = context.stream.Fork(i);
    std::vector<Sample> samples =
        options_.bootstrap ? Bootstrap(rows.labels(), stream.Fork(0)) : AllSamples(rows.labels());
    if (bags.has_value()) bags->SetBag(i, samples);
    absl::StatusOr<GrownTree> tree = grower.Grow(std::move(samples), stream.Fork(1), parallel_inside);
    if (!tree.ok()) return;
    trees_[i] = *std::move(tree);
    ++grown;
    steps.Done(i);
  });
  if (grown < options_.trees || stop.Stopped()) return absl::CancelledError("training was asked to stop");
  importance_ = steps.Importance();
  if (bags.has_value()) out_of_bag_ = bags->Measure(trees_, rows);
  return absl::OkStatus();
}

FeatureMatrix ForestModel::Predict(const FeatureRef& rows) const { return MeanValues(trees_, rows); }

void ForestModel::Save(ArchiveWriter& state) const { SaveTrees(trees_, state); }

absl::Status ForestModel::Load(ArchiveReader& state, int64_t features, int classes) {
  ASSIGN_OR_RETURN(trees_, LoadTrees(state, options_.trees, features, classes));
  return absl::OkStatus();
}

void ForestModel::Describe(TrainMetrics& metrics) const {
  int64_t leaves = 0;
  for (const GrownTree& tree : trees_) leaves += tree.leaves();
  metrics.set_leaves(static_cast<double>(leaves));
  metrics.mutable_feature_importance()->Assign(importance_.begin(), importance_.end());
  if (!out_of_bag_.has_value()) return;
  if (classes_ > 0) {
    metrics.set_out_of_bag_accuracy(*out_of_bag_);
  } else {
    metrics.set_out_of_bag_r2(*out_of_bag_);
  }
}

}  // namespace parzen
