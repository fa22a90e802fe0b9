// One status vocabulary on both sides of the wire: the canonical code and the message survive a trip over gRPC
// unchanged.
//
// Pure functions. The numbers of both code enums are the same by design; a code outside of them becomes Unknown.
#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace parzen {

// Bytes of a message that travel at most; gRPC carries it in a header, and peers refuse headers of more than 8 KiB.
inline constexpr size_t kMaxStatusMessageBytes = 4096;

// What a service method returns. A longer message is cut at a character's start and ends with "...".
grpc::Status ToGrpc(const absl::Status& status);

// What a client makes of a call's end.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace parzen
