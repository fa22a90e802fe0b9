// One decision tree: CART on binned features, grown on all rows.
#include <memory>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "worker/models/model.h"
#include "worker/models/trees/tree_grower.h"
#include "worker/models/trees/tree_model.h"

namespace parzen {
namespace {

class DecisionTreeModel : public Model {
 public:
  explicit DecisionTreeModel(const TreeOptions& options) : options_(options) {}

  absl::Status Fit(const TrainingRows& rows, FitContext& context) override {
    RETURN_IF_ERROR(CheckTreeData(rows, options_));
    StopCheck stop(context.stop_requested);
    ASSIGN_OR_RETURN(std::vector<double> class_weights, TreeClassWeights(rows, options_, context.class_names));
    TreeGrower grower(rows, options_, std::move(class_weights), stop);
    ASSIGN_OR_RETURN(GrownTree tree, grower.Grow(AllSamples(rows.labels()), context.stream, true));
    importance_ = tree.TakeImportance(static_cast<int>(rows.features().cols()));
    tree_.push_back(std::move(tree));
    return absl::OkStatus();
  }

  FeatureMatrix Predict(const FeatureRef& rows) const override { return MeanValues(tree_, rows); }

  void Save(ArchiveWriter& state) const override { SaveTrees(tree_, state); }
  absl::Status Load(ArchiveReader& state, int64_t features, int classes) override {
    ASSIGN_OR_RETURN(tree_, LoadTrees(state, 1, features, classes));
    return absl::OkStatus();
  }

  void Describe(TrainMetrics& metrics) const override {
    metrics.set_leaves(static_cast<double>(tree_[0].leaves()));
    metrics.mutable_feature_importance()->Assign(importance_.begin(), importance_.end());
  }

 private:
  const TreeOptions options_;
  std::vector<GrownTree> tree_;  // one, once fitted
  std::vector<double> importance_;
};

absl::StatusOr<std::unique_ptr<Model>> MakeDecisionTree(const TrainSpec& spec) {
  ASSIGN_OR_RETURN(const TreeOptions options, ReadTreeOptions(spec.decision_tree()));
  return std::make_unique<DecisionTreeModel>(options);
}

const bool registered = Registry<ModelFactory>::Global().Add("decision_tree", &MakeDecisionTree);

}  // namespace
}  // namespace parzen
