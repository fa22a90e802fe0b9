// Encrypted connections for gRPC: both ends show a certificate, and each checks the other's in the handshake.
#pragma once

#include <memory>

#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "rpc/tls_files.h"

namespace parzen {

// For dialling. The coordinator must show a certificate of role coordinator that the authority signed for the host that
// is dialled. Requires: an identity of ReadTlsIdentity.
std::shared_ptr<grpc::ChannelCredentials> DialCredentials(const TlsIdentity& identity);

// For listening. Peers must show a certificate that the authority signed; what it allows is not checked here. The files
// are looked at every second: when they change, new connections are made with the new ones, and old ones live on. While
// key and certificate do not belong together, new connections are refused.
// Requires: ReadTlsIdentity accepts the files.
std::shared_ptr<grpc::ServerCredentials> ListenCredentials(const TlsFiles& files);

}  // namespace parzen
