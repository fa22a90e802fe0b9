#include "cli/cache_folder.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace parzen {

absl::StatusOr<std::string> DefaultCacheFolder() {
  const auto variable = [](const char* name) {
    const char* const value = std::getenv(name);
    return std::string(value != nullptr && value[0] == '/' ? value : "");
  };
  if (const std::string folder = variable("XDG_CACHE_HOME"); !folder.empty()) return absl::StrCat(folder, "/parzen");
  if (const std::string folder = variable("HOME"); !folder.empty()) return absl::StrCat(folder, "/.cache/parzen");
  return absl::InvalidArgumentError("--cache: needed here, as neither $XDG_CACHE_HOME nor $HOME says where caches are");
}

}  // namespace parzen
