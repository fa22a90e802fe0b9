// Never ends a trial.
#include "studies/pruners/pruner.h"

namespace parzen {
namespace {

class NeverStop : public Pruner {
 public:
  PrunerDecision Judge(size_t /*index*/, int64_t /*step*/) override { return {}; }
};

const bool registered = Registry<PrunerFactory>::Global().Add(
    "none",
    [](const PrunerInputs&) -> absl::StatusOr<std::unique_ptr<Pruner>> { return std::make_unique<NeverStop>(); });

}  // namespace
}  // namespace parzen
