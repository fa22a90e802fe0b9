// Which training rows are kept for validation. Pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/train.pb.h"

namespace parzen {

// Row numbers, each part ascending; together all rows once.
struct RowSplit {
  std::vector<int64_t> train;
  std::vector<int64_t> validation;
};

// Whether all training rows are learned from and none kept for validation: where the model learns without labels, and
// nothing says how to split.
bool LearnsFromAllRows(const TrainSpec& spec);
// Whether the model learns without labels (clusters, embeddings).
bool LearnsWithoutLabels(const TrainSpec& spec);

// InvalidArgument: no rows could be divided so. Both functions below say the same.
absl::Status CheckSplit(const SplitSpec& spec);

// Depends on (labels, spec) alone. Stratified: each class gives round(share * its rows), by largest remainders so that
// the total is round(share * rows); without classes (a regression) nothing is stratified. InvalidArgument when a part
// would be empty.
absl::StatusOr<RowSplit> SplitRows(absl::Span<const int32_t> labels, int classes, const SplitSpec& spec);

// The split of a cross-validation (spec.folds() > 0) whose validation rows are part number `fold`: each row is in one
// part. Parts differ by one row at most, stratified also in each class. InvalidArgument: fewer than two folds, more
// than rows, or no such fold.
absl::StatusOr<RowSplit> SplitFold(absl::Span<const int32_t> labels, int classes, const SplitSpec& spec, int fold);

}  // namespace parzen
