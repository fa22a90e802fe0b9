// A network of fully connected layers.
#include <utility>

#include "base/status_macros.h"
#include "worker/models/networks/network_model.h"

namespace parzen {
namespace {

absl::StatusOr<std::unique_ptr<Model>> MakeMlp(const TrainSpec& spec) {
  const Mlp& options = spec.mlp();
  RETURN_IF_ERROR(CheckNetworkOptions("mlp", options));
  RETURN_IF_ERROR(CheckTraining("mlp", options.training()));
  RETURN_IF_ERROR(CheckUsed("mlp.layers", options.layers(), "mlp.hidden", options.hidden_size()));
  ASSIGN_OR_RETURN(ClassWeights weights, ReadClassWeights("mlp", options));
  return MakeNetworkModel({"mlp", options.training(), std::move(weights),
                           [](int64_t features, const ImageSize& image) -> absl::StatusOr<Shape> {
                             // Where rows are images they can be changed as such.
                             if (image.pixels() == features) return PackedShape(image.height, image.width, 1);
                             return PackedShape(1, 1, features);
                           },
                           [options](const NetworkEnds& ends) { return PlanLayers(options, ends); }});
}

const bool registered = Registry<ModelFactory>::Global().Add("mlp", &MakeMlp);

}  // namespace
}  // namespace parzen
