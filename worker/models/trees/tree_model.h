// What the tree models share: turning training rows into samples, and letting trees vote.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "worker/dataset.h"
#include "worker/models/trees/class_tree.h"
#include "worker/models/trees/code_table.h"
#include "worker/prepared_data.h"

namespace parzen {

// InvalidArgument: no rows, no features, or more rows or classes than a Sample can name.
absl::Status CheckTreeData(const TrainingRows& rows);

// Every row once, of weight 1. Requires: CheckTreeData is OK.
std::vector<Sample> AllSamples(absl::Span<const int32_t> labels);

// The mean of the trees' class shares for each row, summed in tree order. Uses TBB over rows.
FeatureMatrix MeanShares(const std::vector<ClassTree>& trees, int classes, const FeatureRef& rows);

// The state of models that are trees.
void SaveTrees(const std::vector<ClassTree>& trees, ArchiveWriter& state);
// DataLoss: not the state of `most` trees or fewer, at least one, on so many features and classes.
absl::StatusOr<std::vector<ClassTree>> LoadTrees(ArchiveReader& state, int64_t most, int64_t features, int classes);

}  // namespace parzen
