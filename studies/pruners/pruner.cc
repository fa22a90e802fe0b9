#include "studies/pruners/pruner.h"

#include "absl/strings/str_cat.h"
#include "base/oneof.h"

namespace parzen {
namespace {

std::string KindName(const PrunerSpec& pruner) { return ChosenMember(pruner, "kind", "none"); }

}  // namespace

absl::StatusOr<std::unique_ptr<Pruner>> MakePruner(const PrunerInputs& inputs) {
  const absl::StatusOr<PrunerFactory> factory = Registry<PrunerFactory>::Global().Find(KindName(inputs.pruner));
  if (!factory.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("search.pruner: ", factory.status().message()));
  }
  return (*factory)(inputs);
}

}  // namespace parzen
