// What shapes a tree, read from a decision tree's or a forest's options. Immutable value.
#pragma once

#include "absl/status/statusor.h"
#include "proto/train.pb.h"

namespace parzen {

// How many features a split may choose from.
struct FeatureQuota {
  enum class Kind { kAll, kSqrt, kLog2, kCount, kShare };

  Kind kind = Kind::kAll;
  double value = 0;  // the count or the share

  // Between 1 and `features`; fractions are rounded down, as scikit-learn does.
  int Of(int features) const;
};

struct TreeOptions {
  Criterion criterion = GINI;
  int max_depth = 0;  // 0: no limit
  FeatureQuota max_features;
  int min_samples_split = 2;
  int min_samples_leaf = 1;
};

// InvalidArgument names the field, its value and what would be right.
absl::StatusOr<TreeOptions> ReadTreeOptions(const DecisionTree& options);
absl::StatusOr<TreeOptions> ReadTreeOptions(const RandomForest& options);

}  // namespace parzen
