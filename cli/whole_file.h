// Files that a command writes as a whole. Threads: any, on different paths.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parzen {

// Replaces the file at once, synced: a reader sees the old one or the new one, never a part, whenever the machine dies.
// The error names the path.
absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes);

}  // namespace parzen
