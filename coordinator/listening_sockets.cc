#include "coordinator/listening_sockets.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "coordinator/listen_address.h"

namespace parzen {
namespace {

// Connections that wait in the kernel to be taken.
constexpr int kBacklog = 1024;

absl::Status Refusal(absl::string_view address, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--listen ", address, ": ", why));
}

// A listening socket, or -1 and errno. `port`, in network order, replaces the address's when it is not 0.
int ListenAt(const addrinfo& where, in_port_t port) {
  sockaddr_storage address = {};
  std::memcpy(&address, where.ai_addr, where.ai_addrlen);
  const bool v6 = where.ai_family == AF_INET6;
  in_port_t& asked =
      v6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port : reinterpret_cast<sockaddr_in&>(address).sin_port;
  if (port != 0) asked = port;
  const int fd = socket(where.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));  // a port that was just left is free
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), where.ai_addrlen) == 0 && listen(fd, kBacklog) == 0) {
    return fd;
  }
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

in_port_t PortOf(int fd) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                       : reinterpret_cast<sockaddr_in&>(address).sin_port;
}

}  // namespace

absl::StatusOr<ListeningSockets> ListeningSockets::Open(const std::string& address) {
  ListeningSockets sockets;
  sockets.address_ = address;
  const bool is_unix = absl::StartsWith(address, "unix:");
  RETURN_IF_ERROR(is_unix ? sockets.OpenUnix() : sockets.OpenTcp());
  return sockets;
}

absl::Status ListeningSockets::OpenUnix() {
  const std::string path = address_.substr(5);
  sockaddr_un where = {};
  where.sun_family = AF_UNIX;
  path.copy(where.sun_path, sizeof(where.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Refusal(address_, std::strerror(errno));
  sockets_.push_back(fd);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0 || errno == EAGAIN) {
    return Refusal(address_, "the socket is in use; choose another path");
  }
  struct stat left = {};
  if (lstat(path.c_str(), &left) == 0 && S_ISSOCK(left.st_mode)) unlink(path.c_str());  // nobody listens any more
  if (bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) != 0 || listen(fd, kBacklog) != 0) {
    return Refusal(address_, std::strerror(errno));
  }
  path_ = path;
  return absl::OkStatus();
}

absl::Status ListeningSockets::OpenTcp() {
  const HostPort parts = SplitHostPort(address_);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(parts.host.c_str(), parts.port.c_str(), &hints, &found); error != 0) {
    return Refusal(address_, gai_strerror(error));
  }
  const absl::Cleanup free_found = [found] { freeaddrinfo(found); };
  in_port_t port = 0;
  int error = 0;
  for (const addrinfo* where = found; where != nullptr; where = where->ai_next) {
    const int fd = ListenAt(*where, port);
    if (fd < 0 && errno == EADDRINUSE) {
      return Refusal(address_, "the port is in use; choose another, or port 0 for any free one");
    }
    if (fd < 0) {
      error = errno;  // a name may have an address of a kind that this machine does not speak
      continue;
    }
    sockets_.push_back(fd);
    port = PortOf(fd);
  }
  if (sockets_.empty()) return Refusal(address_, std::strerror(error));
  address_ = absl::StrCat(address_.substr(0, address_.rfind(':')), ":", ntohs(port));
  return absl::OkStatus();
}

void ListeningSockets::Close() {
  for (const int fd : sockets_) close(fd);
  sockets_.clear();
  if (!path_.empty()) unlink(path_.c_str());
  path_.clear();
}

}  // namespace parzen
