// A random forest (Breiman, 2001): trees of best cuts, each of some features, on rows drawn with replacement.
#include <memory>

#include "base/status_macros.h"
#include "worker/models/model.h"
#include "worker/models/trees/forest_model.h"

namespace parzen {
namespace {

absl::StatusOr<std::unique_ptr<Model>> MakeRandomForest(const TrainSpec& spec) {
  ASSIGN_OR_RETURN(const ForestOptions options, ReadForestOptions(spec.random_forest()));
  return std::make_unique<ForestModel>(options);
}

const bool registered = Registry<ModelFactory>::Global().Add("random_forest", &MakeRandomForest);

}  // namespace
}  // namespace parzen
