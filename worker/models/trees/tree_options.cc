#include "worker/models/trees/tree_options.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

bool AllOf(absl::string_view text, bool (*allowed)(unsigned char)) {
  return std::all_of(text.begin(), text.end(), [allowed](char c) { return allowed(static_cast<unsigned char>(c)); });
}

absl::StatusOr<FeatureQuota> ReadQuota(absl::string_view field, const std::string& text) {
  if (text == "all") return FeatureQuota{FeatureQuota::Kind::kAll};
  if (text == "sqrt") return FeatureQuota{FeatureQuota::Kind::kSqrt};
  if (text == "log2") return FeatureQuota{FeatureQuota::Kind::kLog2};
  int count = 0;
  if (AllOf(text, absl::ascii_isdigit) && absl::SimpleAtoi(text, &count) && count >= 1) {
    return FeatureQuota{FeatureQuota::Kind::kCount, static_cast<double>(count)};
  }
  double share = 0;
  const bool decimal = AllOf(text, [](unsigned char c) { return c == '.' || absl::ascii_isdigit(c); });
  if (decimal && text.find('.') != std::string::npos && absl::SimpleAtod(text, &share) && share > 0 && share <= 1) {
    return FeatureQuota{FeatureQuota::Kind::kShare, share};
  }
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": \"", text, "\" is none of all, sqrt, log2, a count (100) or a fraction (0.5)"));
}

absl::Status CheckRange(absl::string_view model, absl::string_view field, int value, int low, int high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(model, ".", field, ": ", value, " is not between ", low, " and ", high));
}

template <typename Options>
absl::StatusOr<TreeOptions> ReadTree(absl::string_view model, const Options& options) {
  constexpr int kMost = 2147483647;
  RETURN_IF_ERROR(CheckRange(model, "max_depth", options.max_depth(), 0, 1000));
  RETURN_IF_ERROR(CheckRange(model, "min_samples_split", options.min_samples_split(), 2, kMost));
  RETURN_IF_ERROR(CheckRange(model, "min_samples_leaf", options.min_samples_leaf(), 1, kMost));
  RETURN_IF_ERROR(CheckRange(model, "max_leaf_nodes", options.max_leaf_nodes(), 0, kMost));
  const double decrease = options.min_impurity_decrease();
  if (!(decrease >= 0)) {
    return absl::InvalidArgumentError(absl::StrCat(model, ".min_impurity_decrease: ", decrease, " is not at least 0"));
  }
  TreeOptions read;
  ASSIGN_OR_RETURN(read.max_features, ReadQuota(absl::StrCat(model, ".max_features"), options.max_features()));
  read.max_features_for_targets = options.has_max_features() ? read.max_features : FeatureQuota{};
  read.criterion = options.criterion();
  read.max_depth = options.max_depth();
  read.min_samples_split = options.min_samples_split();
  read.min_samples_leaf = options.min_samples_leaf();
  read.max_leaf_nodes = options.max_leaf_nodes();
  read.min_impurity_decrease = decrease;
  ASSIGN_OR_RETURN(read.class_weights, ReadClassWeights(model, options));
  return read;
}

template <typename Options>
absl::StatusOr<ForestOptions> ReadForest(absl::string_view model, const Options& options) {
  ForestOptions read;
  ASSIGN_OR_RETURN(read.tree, ReadTree(model, options));
  RETURN_IF_ERROR(CheckRange(model, "trees", options.trees(), 1, 100000));
  if (options.out_of_bag() && !options.bootstrap()) {
    return absl::InvalidArgumentError(
        absl::StrCat(model, ".out_of_bag: without bootstrap every tree sees every row; set bootstrap: true"));
  }
  read.trees = options.trees();
  read.bootstrap = options.bootstrap();
  read.out_of_bag = options.out_of_bag();
  return read;
}

}  // namespace

int FeatureQuota::Of(int features) const {
  double quota = features;
  if (kind == Kind::kSqrt) quota = std::sqrt(features);
  if (kind == Kind::kLog2) quota = std::log2(features);
  if (kind == Kind::kCount) quota = value;
  if (kind == Kind::kShare) quota = value * features;
  return static_cast<int>(std::clamp<double>(quota, 1, features));
}

absl::StatusOr<TreeOptions> ReadTreeOptions(const DecisionTree& options) { return ReadTree("decision_tree", options); }

absl::StatusOr<ForestOptions> ReadForestOptions(const RandomForest& options) {
  return ReadForest("random_forest", options);
}

absl::StatusOr<ForestOptions> ReadForestOptions(const ExtraTrees& options) {
  ASSIGN_OR_RETURN(ForestOptions read, ReadForest("extra_trees", options));
  read.tree.random_cuts = true;
  return read;
}

}  // namespace parzen
