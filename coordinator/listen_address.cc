#include "coordinator/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace parzen {
namespace {

constexpr size_t kMaxUnixPath = 107;  // sockaddr_un holds 108 bytes with the final zero

struct HostPort {
  std::string host;
  std::string port;
};

HostPort SplitHostPort(absl::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == absl::string_view::npos) return {std::string(address), ""};
  absl::string_view host = address.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return {std::string(host), std::string(address.substr(colon + 1))};
}

// Somebody answers on the socket, or nobody does.
absl::Status CheckSocketIsFree(const std::string& address) {
  sockaddr_un path = {};
  path.sun_family = AF_UNIX;
  address.copy(path.sun_path, sizeof(path.sun_path) - 1, 5);
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answered = probe >= 0 && connect(probe, reinterpret_cast<const sockaddr*>(&path), sizeof(path)) == 0;
  if (probe >= 0) close(probe);
  if (!answered) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--listen ", address, ": the socket is in use; choose another path"));
}

absl::Status CheckPortIsFree(const std::string& address) {
  const HostPort parts = SplitHostPort(address);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(parts.host.c_str(), parts.port.c_str(), &hints, &found); error != 0) {
    return absl::InvalidArgumentError(absl::StrCat("--listen ", address, ": ", gai_strerror(error)));
  }
  absl::Status status;
  const int probe = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));  // as gRPC: a port just left is free
  if (probe >= 0 && bind(probe, found->ai_addr, found->ai_addrlen) != 0) {
    status = absl::InvalidArgumentError(
        errno == EADDRINUSE
            ? absl::StrCat("--listen ", address, ": the port is in use; choose another, or port 0 for any free one")
            : absl::StrCat("--listen ", address, ": ", std::strerror(errno)));
  }
  if (probe >= 0) close(probe);
  freeaddrinfo(found);
  return status;
}

}  // namespace

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
  in_addr v4;
  const bool loopback = inet_pton(AF_INET, parts.host.c_str(), &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
  if (loopback || parts.host == "localhost" || parts.host == "::1") return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--listen ", address, ": only loopback (127.0.0.1, localhost, [::1]) or unix:PATH; connections are not ",
      "encrypted, so anybody on the network could read and change studies"));
}

absl::Status CheckAddressIsFree(const std::string& address) {
  return absl::StartsWith(address, "unix:") ? CheckSocketIsFree(address) : CheckPortIsFree(address);
}

}  // namespace parzen
