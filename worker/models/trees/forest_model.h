// Forests: trees grown on random rows and features, whose class shares, or means, are averaged.
#pragma once

#include <optional>
#include <vector>

#include "worker/models/model.h"
#include "worker/models/trees/grown_tree.h"
#include "worker/models/trees/tree_options.h"

namespace parzen {

// Memory beside the grower's: the trees, at most 40 bytes a training row each and the shares of leaves that are not
// pure; out of bag, a bit for each row and tree.
class ForestModel : public Model {
 public:
  explicit ForestModel(const ForestOptions& options) : options_(options) {}

  absl::Status Fit(const TrainingRows& rows, FitContext& context) override;
  FeatureMatrix Predict(const FeatureRef& rows) const override;
  void Save(ArchiveWriter& state) const override;
  absl::Status Load(ArchiveReader& state, int64_t features, int classes) override;
  void Describe(TrainMetrics& metrics) const override;

 private:
  const ForestOptions options_;
  // Once fitted.
  std::vector<GrownTree> trees_;
  std::vector<double> importance_;
  int classes_ = 0;
  std::optional<double> out_of_bag_;
};

}  // namespace parzen
