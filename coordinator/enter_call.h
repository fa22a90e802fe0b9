// Calls with one request at the gate.
#pragma once

#include "base/clock.h"
#include "coordinator/call_gate.h"
#include "google/protobuf/message.h"
#include "grpcpp/grpcpp.h"
#include "rpc/grpc_status.h"

namespace parzen {

// Lets a call in, until gate.Leave(); or finishes it and returns false.
inline bool EnterCall(CallGate& gate, const grpc::CallbackServerContext& context,
                      const google::protobuf::Message& request, grpc::ServerUnaryReactor& reactor) {
  const absl::Status refusal = gate.Enter(context.peer(), request.ByteSizeLong(), ReadClock().steady);
  if (!refusal.ok()) reactor.Finish(ToGrpc(refusal));
  return refusal.ok();
}

}  // namespace parzen
