// What shapes trees, read from the options of the models. Immutable values.
#pragma once

#include "absl/status/statusor.h"
#include "proto/train.pb.h"
#include "worker/models/class_weights.h"

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
  FeatureQuota max_features_for_targets;  // in a regression
  int min_samples_split = 2;
  int min_samples_leaf = 1;
  int max_leaf_nodes = 0;  // 0: no limit
  double min_impurity_decrease = 0;
  ClassWeights class_weights;
  bool random_cuts = false;  // one random cut a feature instead of its best one
};

struct ForestOptions {
  TreeOptions tree;
  int trees = 100;
  bool bootstrap = true;
  bool out_of_bag = false;  // never without bootstrap
};

// InvalidArgument names the field, its value and what would be right.
absl::StatusOr<TreeOptions> ReadTreeOptions(const DecisionTree& options);
absl::StatusOr<ForestOptions> ReadForestOptions(const RandomForest& options);
absl::StatusOr<ForestOptions> ReadForestOptions(const ExtraTrees& options);

}  // namespace parzen
