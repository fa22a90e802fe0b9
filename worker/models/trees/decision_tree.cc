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
    RETURN_IF_ERROR(CheckTreeData(rows));
    classes_ = rows.classes();
    StopCheck stop(context.stop_requested);
    const CodeTable table(rows.binned());
    TreeGrower grower(table, classes_, rows.rows(), options_, stop);
    ASSIGN_OR_RETURN(ClassTree tree, grower.Grow(AllSamples(rows.labels()), context.stream, true));
    tree_.push_back(std::move(tree));
    return absl::OkStatus();
  }

  FeatureMatrix Predict(const FeatureRef& rows) const override { return MeanShares(tree_, classes_, rows); }

  void Save(ArchiveWriter& state) const override { SaveTrees(tree_, state); }
  absl::Status Load(ArchiveReader& state, int64_t features, int classes) override {
    classes_ = classes;
    ASSIGN_OR_RETURN(tree_, LoadTrees(state, 1, features, classes));
    return absl::OkStatus();
  }

 private:
  const TreeOptions options_;
  int classes_ = 0;
  std::vector<ClassTree> tree_;  // one, once fitted
};

absl::StatusOr<std::unique_ptr<Model>> MakeDecisionTree(const TrainSpec& spec) {
  ASSIGN_OR_RETURN(const TreeOptions options, ReadTreeOptions(spec.decision_tree()));
  return std::make_unique<DecisionTreeModel>(options);
}

const bool registered = Registry<ModelFactory>::Global().Add("decision_tree", &MakeDecisionTree);

}  // namespace
}  // namespace parzen
