#include "rpc/channel.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "rpc/tls_credentials.h"

namespace parzen {
namespace {

// A host that loses its power or its address tells nobody. During a call, a peer that was silent for the first time is
// asked whether it lives; one that does not answer, or leaves what it was sent unacknowledged, for the second time is
// gone. A worker at work sends all the time, so it comes back within its lease of 10 s and holds what it held. The
// coordinator takes a question every 5 s, no more (coordinator/entrance.cc).
constexpr int kKeepaliveMilliseconds = 10'000;
constexpr int kKeepaliveTimeoutMilliseconds = 5'000;

std::shared_ptr<grpc::Channel> Dial(const std::string& address,
                                    const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  // A page of 1,000 trials with long attributes passes gRPC's default of 4 MiB.
  constexpr int kMaxMessageBytes = 64 << 20;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a new dial does not inherit an old one's back-off
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // as often as it takes: an idle worker sends no data
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

}  // namespace

absl::Status CheckCoordinatorAddress(absl::string_view address) {
  const auto wrong = [&](absl::string_view why) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", address, "\" is no address of a coordinator: ", why, "; HOST:PORT or unix:PATH is"));
  };
  absl::string_view path = address;
  if (absl::ConsumePrefix(&path, "unix:")) {
    constexpr size_t kLongestPath = 107;  // sockaddr_un
    if (path.empty()) return wrong("it has no path");
    return path.size() <= kLongestPath ? absl::OkStatus() : wrong("a socket's path has at most 107 bytes");
  }
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos) return wrong("it has no port");
  if (colon == 0) return wrong("it has no host");
  int port = 0;
  const bool is_port = absl::SimpleAtoi(address.substr(colon + 1), &port) && port > 0 && port < 65536;
  return is_port ? absl::OkStatus() : wrong("the port is not a number from 1 to 65535");
}

std::shared_ptr<grpc::Channel> DialCoordinator(const std::string& address) {
  return Dial(address, grpc::InsecureChannelCredentials());
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> DialCoordinator(const std::string& address, const TlsFiles& files,
                                                               Role role) {
  if (files.empty() || absl::StartsWith(address, "unix:")) return DialCoordinator(address);
  ASSIGN_OR_RETURN(const TlsIdentity identity, ReadTlsIdentity(files, role, absl::Now()));
  return Dial(address, DialCredentials(identity));
}

std::string DescribeDialFailure(absl::string_view message, bool encrypted) {
  constexpr absl::string_view kOurs = "UNAUTHENTICATED: ";
  if (const size_t ours = message.find(kOurs); encrypted && ours != absl::string_view::npos) {
    return std::string(message.substr(ours + kOurs.size()));
  }
  if (absl::StrContains(message, "certificate verify failed")) {
    return "its certificate has expired, or is not signed by the authority in ca.crt here";
  }
  if (absl::StrContains(message, "wrong version number")) {
    return "it does not speak TLS; is it a coordinator, and was it started with --tls?";
  }
  const bool closed = absl::StrContains(message, "Socket closed") || absl::StrContains(message, "Connection reset") ||
                      absl::StrContains(message, "Broken pipe");
  if (!closed) return std::string(message);
  return encrypted ? "it closed the connection: it may not take the certificate (its log says why), or is stopping"
                   : "it closed the connection; if it was started with --tls, give --tls DIR here, too";
}

}  // namespace parzen
