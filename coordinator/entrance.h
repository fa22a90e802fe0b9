// How others get into the coordinator: the address it listens at, the door (acceptor.h), certificates, and the bounds
// of what gRPC takes from a peer.
//
//   a peer without TLS, or with it where there is none, one that says nothing or something else   closed, logged
//   a certificate of another authority, an expired one, none                      refused in the handshake, logged
//   a certificate of a role that may not call what it calls                       PERMISSION_DENIED, logged
//   a message that is too long                                            RESOURCE_EXHAUSTED, its call ends, logged
//   a message that is compressed                                                       UNIMPLEMENTED, its call ends
// None of it disturbs other connections. Threads: externally synchronised; log() any.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/acceptor.h"
#include "coordinator/limits.h"
#include "coordinator/refusal_log.h"
#include "grpcpp/server_builder.h"
#include "rpc/grpc_log.h"
#include "rpc/tls_files.h"

namespace parzen {

struct EntranceOptions {
  // "HOST:PORT" or "unix:PATH".
  std::string listen;
  // Empty: not encrypted, and only for this machine ...
  TlsFiles tls;
  // ... unless that is wanted.
  bool insecure = false;
  ServerLimits limits;
  // Called for everybody and everything that is refused, from any thread.
  std::function<void()> on_refusal;
};

class Entrance {
 public:
  // Listens; nobody is let in yet. InvalidArgument: a bad or used address, TLS files that cannot be used, an address
  // that others reach without TLS.
  static absl::StatusOr<std::unique_ptr<Entrance>> Open(const EntranceOptions& options);
  // Requires: Stop, or no Start; and the server built by the builder is gone.
  ~Entrance();

  // Before the server is built: where its connections come from, and what they may do.
  void AddTo(grpc::ServerBuilder& builder);
  // Once it is built.
  void Start();
  // Lets nobody in any more. Idempotent.
  void Stop();

  // What others dial.
  const std::string& address() const { return acceptor_.address(); }
  RefusalLog& log() { return log_; }

 private:
  Entrance(EntranceOptions options, ListeningSockets sockets);

  const EntranceOptions options_;
  RefusalLog log_;
  Acceptor acceptor_;
  GrpcLog grpc_log_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> connections_;  // gRPC's side of the door
};

}  // namespace parzen
