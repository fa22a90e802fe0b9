#include "worker/models/embeddings/principal_places.h"

#include <algorithm>
#include <memory>

#include "base/status_macros.h"
#include "proto/train.pb.h"
#include "worker/transforms/transform.h"

namespace parzen {

absl::StatusOr<FeatureMatrix> PrincipalPlaces(const FeatureRef& rows, int64_t dimensions) {
  const int64_t components = std::min({dimensions, rows.rows(), rows.cols()});
  TransformSpec spec;
  spec.mutable_pca()->set_components(static_cast<int32_t>(components));
  ASSIGN_OR_RETURN(const std::unique_ptr<Transform> pca, MakeTransform(spec));
  FeatureMatrix features = rows;
  RETURN_IF_ERROR(pca->Fit(features));
  RETURN_IF_ERROR(pca->Apply(features));
  if (!features.allFinite()) {
    return absl::InvalidArgumentError("rows lie further apart than 32-bit floats can tell; scale them first");
  }
  if (components == dimensions) return features;
  FeatureMatrix places = FeatureMatrix::Zero(rows.rows(), dimensions);
  places.leftCols(components) = features;
  return places;
}

}  // namespace parzen
