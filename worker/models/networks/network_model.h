// What mlp and cnn share: everything but their layers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "worker/models/class_weights.h"
#include "worker/models/model.h"
#include "worker/models/networks/network_plan.h"

namespace parzen {

struct NetworkDesign {
  std::string name;  // of the model, for errors
  Training training;
  ClassWeights weights;
  // What a row of so many features is, where the dataset says that rows are images (0 x 0: it does not).
  std::function<absl::StatusOr<Shape>(int64_t features, const ImageSize& image)> shape;
  std::function<absl::StatusOr<Layers>(const NetworkEnds& ends)> plan;
};

// What the random numbers of a fit are for: forks of its stream.
enum class NetworkStream : uint64_t { kWeights, kHeldOut, kTraining };
inline RandomStream StreamFor(NetworkStream purpose, const RandomStream& fit) {
  return fit.Fork(static_cast<uint64_t>(purpose));
}

std::unique_ptr<Model> MakeNetworkModel(NetworkDesign design);

}  // namespace parzen
