#include "worker/train_spec_check.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/oneof.h"
#include "base/status_macros.h"
#include "worker/datasets/dataset_format.h"
#include "worker/models/every_model.h"
#include "worker/split.h"
#include "worker/transforms/transform.h"

namespace parzen {

absl::Status CheckTrainSpec(const TrainSpec& spec) {
  RETURN_IF_ERROR(CheckDataset(spec.dataset()));
  RETURN_IF_ERROR(CheckSplit(spec.split()));
  if (spec.split().folds() > 0 && (spec.keep().predictions() > 0 || spec.keep().activations() > 0)) {
    return absl::InvalidArgumentError(
        "keep: the parts of a cross-validation keep nothing; leave it out, or split.folds");
  }
  for (const TransformSpec& transform : spec.transform()) RETURN_IF_ERROR(MakeTransform(transform).status());
  RETURN_IF_ERROR(CheckModel(spec));
  if (!LearnsWithoutLabels(spec)) return absl::OkStatus();
  const std::string model = ChosenMember(spec, "model");
  if (spec.split().folds() > 0) {
    return absl::InvalidArgumentError(absl::StrCat("split.folds: ", model, " learns without labels and is not ",
                                                   "measured on parts that it has not seen; leave it out"));
  }
  if (spec.has_permutation_importance()) {
    return absl::InvalidArgumentError(
        absl::StrCat("permutation_importance: ", model, " predicts nothing that could get worse; leave it out"));
  }
  if (spec.keep().predictions() > 0 || spec.keep().activations() > 0) {
    return absl::InvalidArgumentError(absl::StrCat("keep: ", model, " has no predictions and no activations; keep ",
                                                   "cluster_rows of clusters, places of embeddings"));
  }
  if (spec.has_split() && PlacesRows(spec)) {
    return absl::InvalidArgumentError(absl::StrCat("split: ", model, " places the rows that it learns from, and no ",
                                                   "others; leave it out, or take fewer with dataset.fraction"));
  }
  return absl::OkStatus();
}

bool HasFinalTraining(const TrainSpec& spec) { return !PlacesRows(spec); }

}  // namespace parzen
