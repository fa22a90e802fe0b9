// Where the coordinator listens, as users write it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parzen {

// OK for "HOST:PORT" with a loopback host and for "unix:PATH". InvalidArgument for anything else says what would be
// right.
absl::Status CheckListenAddress(absl::string_view address);

// gRPC would take a Unix socket from the process that listens there: InvalidArgument when somebody answers on it.
absl::Status CheckSocketIsFree(const std::string& address);

// After gRPC could not bind `address`: tries again by hand, to learn the reason ("port in use", "permission denied").
absl::Status WhyNotBound(const std::string& address);

}  // namespace parzen
