// The one way to dial a coordinator, so that the command line and workers agree on addresses and limits.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "grpcpp/channel.h"
#include "rpc/tls_files.h"

namespace parzen {

// OK for "HOST:PORT" and "unix:PATH" that gRPC can dial; InvalidArgument says what is wrong with it. Nothing is asked
// of the network.
absl::Status CheckCoordinatorAddress(absl::string_view address);

// A lazy channel to "HOST:PORT" or "unix:PATH", unencrypted: nothing is connected before the first call, and a call
// fails at once while nobody listens. One whose peer goes silent for 15 s during a call is broken: Unavailable. Ignores
// HTTP proxies, which would swallow loopback traffic, and bounds what a peer may send (64 MiB).
std::shared_ptr<grpc::Channel> DialCoordinator(const std::string& address);

// The same, encrypted when there are files, which are read now; a Unix socket is dialled without them. InvalidArgument:
// what ReadTlsIdentity says of them.
absl::StatusOr<std::shared_ptr<grpc::Channel>> DialCoordinator(const std::string& address, const TlsFiles& files,
                                                               Role role);

// What gRPC's message of a call that reached nobody comes to, for people: whether one end speaks TLS and the other does
// not, or which certificate is not believed. `encrypted`: the dial was. Other messages stay as they are.
std::string DescribeDialFailure(absl::string_view message, bool encrypted);

}  // namespace parzen
