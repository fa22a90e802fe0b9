// Where caches belong on this machine (XDG Base Directory Specification). Reads the environment; threads: any.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace parzen {

// $XDG_CACHE_HOME/parzen, else ~/.cache/parzen. InvalidArgument: neither is known.
absl::StatusOr<std::string> DefaultCacheFolder();

}  // namespace parzen
