// Extremely randomised trees (Geurts, Ernst and Wehenkel, 2006): each feature tried has one random cut.
#include <memory>

#include "base/status_macros.h"
#include "worker/models/model.h"
#include "worker/models/trees/forest_model.h"

namespace parzen {
namespace {

absl::StatusOr<std::unique_ptr<Model>> MakeExtraTrees(const TrainSpec& spec) {
  ASSIGN_OR_RETURN(const ForestOptions options, ReadForestOptions(spec.extra_trees()));
  return std::make_unique<ForestModel>(options);
}

const bool registered = Registry<ModelFactory>::Global().Add("extra_trees", &MakeExtraTrees);

}  // namespace
}  // namespace parzen
