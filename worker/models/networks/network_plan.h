// From options to layers. Pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/train.pb.h"
#include "worker/models/networks/layer.h"

namespace parzen {

// InvalidArgument names the first number outside of its Rule: of the message or of one inside it.
absl::Status CheckNetworkOptions(absl::string_view name, const google::protobuf::Message& options);

// InvalidArgument: options that would do nothing, as Nesterov's without a momentum does.
absl::Status CheckTraining(absl::string_view name, const Training& training);
// InvalidArgument: more of a list are to count, as `layers` says, than it has.
absl::Status CheckUsed(absl::string_view limit, int64_t asked, absl::string_view list, int64_t listed);

// What a network gets and what it has to give.
struct NetworkEnds {
  Shape input;  // of features; of a cnn with blocks an image
  int64_t outputs = 1;
  int64_t rows = 1;  // the most of a batch
};

using Layers = std::vector<std::unique_ptr<Layer>>;

// InvalidArgument: an image smaller than a kernel or a pool, or more weights or values of a batch than memory should
// take, names the option. Requires: CheckNetworkOptions is OK.
absl::StatusOr<Layers> PlanLayers(const Mlp& options, const NetworkEnds& ends);
absl::StatusOr<Layers> PlanLayers(const Cnn& options, const NetworkEnds& ends);

}  // namespace parzen
