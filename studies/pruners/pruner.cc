#include "studies/pruners/pruner.h"

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

// The name of the member that is set in PrunerSpec.kind.
std::string KindName(const PrunerSpec& pruner) {
  const google::protobuf::OneofDescriptor* const kind = PrunerSpec::descriptor()->FindOneofByName("kind");
  const google::protobuf::FieldDescriptor* const chosen = pruner.GetReflection()->GetOneofFieldDescriptor(pruner, kind);
  return chosen == nullptr ? "none" : chosen->name();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Pruner>> MakePruner(const PrunerInputs& inputs) {
  const absl::StatusOr<PrunerFactory> factory = Registry<PrunerFactory>::Global().Find(KindName(inputs.pruner));
  if (!factory.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("search.pruner: ", factory.status().message()));
  }
  return (*factory)(inputs);
}

}  // namespace parzen
