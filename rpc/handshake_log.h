// gRPC's own log. It alone tells of connections that fail before they become calls; the rest repeats what our statuses
// say, and is for debugging. Threads: internally synchronised.
#pragma once

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace parzen {

// From the first one on, gRPC's log goes to the log at level debug, for good.
class HandshakeLog {
 public:
  // `on_failure` is told why a peer's connection to a server of this process failed; from gRPC's threads, and not after
  // the destructor. It must be short and must not call gRPC.
  using OnFailure = std::function<void(const std::string& reason)>;
  explicit HandshakeLog(OnFailure on_failure);
  ~HandshakeLog();
  HandshakeLog(const HandshakeLog&) = delete;
  HandshakeLog& operator=(const HandshakeLog&) = delete;

 private:
  const OnFailure on_failure_;
};

// What gRPC's line about a failed handshake comes to, for people.
std::string DescribeHandshakeFailure(absl::string_view line);

}  // namespace parzen
