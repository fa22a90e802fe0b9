// What the tree models share: turning training rows into samples, and asking trees.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "worker/archive.h"
#include "worker/dataset.h"
#include "worker/models/trees/code_table.h"
#include "worker/models/trees/grown_tree.h"
#include "worker/models/trees/tree_options.h"
#include "worker/prepared_data.h"

namespace parzen {

// InvalidArgument: no rows, no features, more rows or classes than a Sample can name, a feature that is not finite, or
// class weights where there are no classes. Uses TBB over rows.
absl::Status CheckTreeData(const TrainingRows& rows, const TreeOptions& options);

// What a row of each class counts; empty where each counts one, which is faster. InvalidArgument: an unknown class is
// named.
absl::StatusOr<std::vector<double>> TreeClassWeights(const TrainingRows& rows, const TreeOptions& options,
                                                     absl::Span<const std::string> class_names);

// Every row once, of weight 1; in a regression labels are all 0. Requires: CheckTreeData is OK.
std::vector<Sample> AllSamples(absl::Span<const int32_t> labels);

// What trees say of rows, summed tree by tree in order: so the sums do not depend on when which trees were added.
class TreeSums {
 public:
  TreeSums(int64_t rows, int width) : width_(width), sums_(rows * width, 0) {}

  // Uses TBB over rows. Requires: the same rows each time.
  void Add(absl::Span<const GrownTree> trees, const FeatureRef& rows);
  FeatureMatrix Means() const;

 private:
  const int64_t width_;
  int64_t trees_ = 0;
  std::vector<double> sums_;  // rows x width
};

// The mean of what the trees say of each row. Uses TBB over rows. Requires: at least one tree.
FeatureMatrix MeanValues(absl::Span<const GrownTree> trees, const FeatureRef& rows);

// The state of models that are trees.
void SaveTrees(absl::Span<const GrownTree> trees, ArchiveWriter& state);
// DataLoss: not the state of `most` trees or fewer, at least one, on so many features and classes.
absl::StatusOr<std::vector<GrownTree>> LoadTrees(ArchiveReader& state, int64_t most, int64_t features, int classes);

}  // namespace parzen
