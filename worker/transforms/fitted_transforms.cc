#include "worker/transforms/fitted_transforms.h"

#include <utility>

#include "base/status_macros.h"
#include "worker/archive.h"

namespace parzen {

absl::StatusOr<FittedTransforms> FittedTransforms::Load(const TrainSpec& spec, const PreparedNotes& notes) {
  if (notes.transform_size() != spec.transform_size()) return absl::DataLossError("transforms are missing");
  FittedTransforms fitted;
  fitted.features_ = notes.input_features();
  for (int i = 0; i < spec.transform_size(); ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<Transform> transform, MakeTransform(spec.transform(i)));
    ArchiveReader reader(notes.transform(i));
    ASSIGN_OR_RETURN(fitted.features_, transform->Load(reader, fitted.features_));
    fitted.transforms_.push_back(std::move(transform));
  }
  return fitted;
}

absl::Status FittedTransforms::Apply(FeatureMatrix& rows) const {
  for (const std::unique_ptr<Transform>& transform : transforms_) RETURN_IF_ERROR(transform->Apply(rows));
  return absl::OkStatus();
}

absl::Status FittedTransforms::Invert(FeatureMatrix& rows) const {
  for (size_t i = transforms_.size(); i > 0; --i) RETURN_IF_ERROR(transforms_[i - 1]->Invert(rows));
  return absl::OkStatus();
}

}  // namespace parzen
