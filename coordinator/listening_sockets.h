// The sockets on which the coordinator listens. Owns them, and the path of a Unix socket. Threads: externally
// synchronised.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace parzen {

class ListeningSockets {
 public:
  // Listens at "HOST:PORT" (port 0: a free one), on all addresses that the host has, or at "unix:PATH", where a socket
  // that nobody listens at is replaced. InvalidArgument says why it cannot. Requires: CheckListenAddress.
  static absl::StatusOr<ListeningSockets> Open(const std::string& address);

  ListeningSockets(ListeningSockets&& other) noexcept = default;
  ListeningSockets& operator=(ListeningSockets&& other) noexcept = delete;
  ~ListeningSockets() { Close(); }

  const std::vector<int>& all() const { return sockets_; }
  bool is_unix() const { return !path_.empty(); }
  // What others dial: with the port that was chosen.
  const std::string& address() const { return address_; }
  // Idempotent.
  void Close();

 private:
  ListeningSockets() = default;
  absl::Status OpenUnix();
  absl::Status OpenTcp();

  std::vector<int> sockets_;
  std::string address_;
  std::string path_;  // of a Unix socket
};

}  // namespace parzen
