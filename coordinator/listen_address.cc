#include "coordinator/listen_address.h"

#include <arpa/inet.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace parzen {
namespace {

constexpr size_t kMaxUnixPath = 107;  // sockaddr_un holds 108 bytes with the final zero

}  // namespace

HostPort SplitHostPort(absl::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos) return {std::string(address), ""};
  absl::string_view host = address.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return {std::string(host), std::string(address.substr(colon + 1))};
}

absl::Status CheckListenAddress(absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) {
    const size_t length = address.size() - 5;
    if (length >= 1 && length <= kMaxUnixPath) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", address, ": a socket's path has 1 to ", kMaxUnixPath, " bytes"));
  }
  const HostPort parts = SplitHostPort(address);
  int port = -1;
  if (parts.host.empty() || !absl::SimpleAtoi(parts.port, &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen ", address, ": must be HOST:PORT, such as 127.0.0.1:7717, or unix:PATH"));
  }
  return absl::OkStatus();
}

bool IsLocalAddress(absl::string_view address) {
  if (absl::StartsWith(address, "unix:")) return true;
  const HostPort parts = SplitHostPort(address);
  in_addr v4;
  const bool loopback = inet_pton(AF_INET, parts.host.c_str(), &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
  return loopback || parts.host == "localhost" || parts.host == "::1";
}

}  // namespace parzen
