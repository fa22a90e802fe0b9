#include "rpc/channel.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace parzen {

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
  if (colon == absl::string_view::npos || colon == 0) return wrong("it has no host and port");
  int port = 0;
  const bool is_port = absl::SimpleAtoi(address.substr(colon + 1), &port) && port > 0 && port < 65536;
  return is_port ? absl::OkStatus() : wrong("the port is not a number from 1 to 65535");
}

std::shared_ptr<grpc::Channel> DialCoordinator(const std::string& address) {
  // A page of 1,000 trials with long attributes passes gRPC's default of 4 MiB.
  constexpr int kMaxMessageBytes = 64 << 20;
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a new dial does not inherit an old one's back-off
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace parzen
