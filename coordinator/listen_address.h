// Where the coordinator listens, as users write it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parzen {

// OK for "HOST:PORT" and "unix:PATH". InvalidArgument for anything else says what would be right.
absl::Status CheckListenAddress(absl::string_view address);

// Whether nobody on another machine can get there: a loopback host or a Unix socket. Requires: CheckListenAddress.
bool IsLocalAddress(absl::string_view address);

// Host and port as they stand in "HOST:PORT", without the brackets of an IPv6 address.
struct HostPort {
  std::string host;
  std::string port;
};
HostPort SplitHostPort(absl::string_view address);

}  // namespace parzen
