#include "worker/transforms/transform.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace parzen {

absl::StatusOr<std::unique_ptr<Transform>> MakeTransform(const TransformSpec& spec) {
  const Registry<TransformFactory>& transforms = Registry<TransformFactory>::Global();
  const auto* chosen =
      spec.GetReflection()->GetOneofFieldDescriptor(spec, TransformSpec::descriptor()->FindOneofByName("kind"));
  if (chosen == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("transform: no kind is chosen; choose one of ", absl::StrJoin(transforms.Names(), ", ")));
  }
  ASSIGN_OR_RETURN(const TransformFactory factory, transforms.Find(chosen->name()));
  return factory(spec);
}

}  // namespace parzen
