// Where the coordinator listens, as users write it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parzen {

// OK for "HOST:PORT" with a loopback host and for "unix:PATH". InvalidArgument for anything else says what would be
// right.
absl::Status CheckListenAddress(absl::string_view address);

// InvalidArgument when somebody listens there already: gRPC would not say why it cannot bind a port, and would take a
// Unix socket away. Says nothing of what happens a moment later.
absl::Status CheckAddressIsFree(const std::string& address);

}  // namespace parzen
