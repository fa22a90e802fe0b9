// gRPC's own log. It alone tells of connections that fail before they become calls, and of messages that are too long;
// the rest repeats what our statuses say, and is for debugging. What it says is no interface: tests of the coordinator
// would notice another version's other words. Threads: internally synchronised.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace parzen {

// From the first one on, gRPC's log goes to the log at level debug, for good.
class GrpcLog {
 public:
  // Told of what the servers of this process refused, from gRPC's threads, and not after the destructor. They must be
  // short and must not call gRPC.
  struct Listener {
    // A peer's connection failed: why.
    std::function<void(const std::string& reason)> on_handshake_failure;
    // A message of `bytes` was longer than its call takes, which has ended for that.
    std::function<void(uint64_t bytes)> on_too_long;
  };
  explicit GrpcLog(Listener listener);
  ~GrpcLog();
  GrpcLog(const GrpcLog&) = delete;
  GrpcLog& operator=(const GrpcLog&) = delete;

 private:
  const Listener listener_;
};

// What gRPC's line about a failed handshake comes to, for people.
std::string DescribeHandshakeFailure(absl::string_view line);
// The length of the message for which a call of ours was ended, when that is what gRPC's line says.
std::optional<uint64_t> BytesOfTooLong(absl::string_view line);

}  // namespace parzen
