// A random forest (Breiman, 2001): trees grown on random rows and features, whose class shares are averaged.
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"
#include "worker/models/model.h"
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

class RandomForestModel : public Model {
 public:
  RandomForestModel(const TreeOptions& options, int trees, bool bootstrap)
      : options_(options), tree_count_(trees), bootstrap_(bootstrap) {}

  absl::Status Fit(const TrainingRows& rows, FitContext& context) override {
    RETURN_IF_ERROR(CheckTreeData(rows));
    classes_ = rows.classes();
    StopCheck stop(context.stop_requested);
    const CodeTable table(rows.binned());
    TreeGrower grower(table, classes_, rows.rows(), options_, stop);
    const bool parallel_inside = tree_count_ < tbb::this_task_arena::max_concurrency();
    std::vector<absl::StatusOr<ClassTree>> grown(tree_count_, absl::CancelledError("training was asked to stop"));
    tbb::parallel_for(0, tree_count_, [&](int i) {
      if (stop.Stopped()) return;
      const RandomStream stream = context.stream.Fork(i);
      grown[i] = grower.Grow(bootstrap_ ? Bootstrap(rows.labels(), stream.Fork(0)) : AllSamples(rows.labels()),
                             stream.Fork(1), parallel_inside);
    });
    trees_.reserve(tree_count_);
    for (absl::StatusOr<ClassTree>& tree : grown) {
      RETURN_IF_ERROR(tree.status());
      trees_.push_back(*std::move(tree));
    }
    return absl::OkStatus();
  }

  FeatureMatrix Predict(const FeatureRef& rows) const override { return MeanShares(trees_, classes_, rows); }

  void Save(ArchiveWriter& state) const override { SaveTrees(trees_, state); }
  absl::Status Load(ArchiveReader& state, int64_t features, int classes) override {
    classes_ = classes;
    ASSIGN_OR_RETURN(trees_, LoadTrees(state, tree_count_, features, classes));
    return absl::OkStatus();
  }

 private:
  const TreeOptions options_;
  const int tree_count_;
  const bool bootstrap_;
  int classes_ = 0;
  std::vector<ClassTree> trees_;
};

absl::StatusOr<std::unique_ptr<Model>> MakeRandomForest(const TrainSpec& spec) {
  const RandomForest& forest = spec.random_forest();
  ASSIGN_OR_RETURN(const TreeOptions options, ReadTreeOptions(forest));
  if (forest.trees() < 1 || forest.trees() > 100000) {
    return absl::InvalidArgumentError(
        absl::StrCat("random_forest.trees: ", forest.trees(), " is not between 1 and 100000"));
  }
  return std::make_unique<RandomForestModel>(options, forest.trees(), forest.bootstrap());
}

const bool registered = Registry<ModelFactory>::Global().Add("random_forest", &MakeRandomForest);

}  // namespace
}  // namespace parzen
