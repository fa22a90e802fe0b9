#include "worker/train_spec_check.h"

#include "base/status_macros.h"
#include "worker/datasets/dataset_format.h"
#include "worker/models/model.h"
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
  return MakeModel(spec).status();
}

}  // namespace parzen
