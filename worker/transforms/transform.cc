#include "worker/transforms/transform.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/oneof.h"
#include "base/status_macros.h"

namespace parzen {

absl::Status Transform::Fit(const FeatureMatrix& train) {
  const KeptResults nothing(nullptr, "");
  const Stop never;
  return Fit(train, {nothing, never});
}

absl::StatusOr<std::unique_ptr<Transform>> MakeTransform(const TransformSpec& spec) {
  const Registry<TransformFactory>& transforms = Registry<TransformFactory>::Global();
  const std::string chosen = ChosenMember(spec, "kind");
  if (chosen.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("transform: no kind is chosen; choose one of ", absl::StrJoin(transforms.Names(), ", ")));
  }
  ASSIGN_OR_RETURN(const TransformFactory factory, transforms.Find(chosen));
  return factory(spec);
}

}  // namespace parzen
