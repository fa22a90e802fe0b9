// Asks a server's health service (grpc.health.v1.Health) whether it does its work.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"

namespace parzen {

// Whether the server as a whole says SERVING. Blocks at most for `timeout`. Errors: as the call's; Unimplemented where
// there is no such service.
absl::StatusOr<bool> IsServing(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout);

}  // namespace parzen
