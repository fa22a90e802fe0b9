// "Did you mean": the known name closest to a misspelt one.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace parzen {

// The name with the smallest edit distance to `wrong` (case ignored), or "" when none is close enough to be meant.
std::string ClosestName(absl::string_view wrong, const std::vector<std::string>& names);

// A phrase for the end of an error: `; did you mean "x"?`, or `; known: a, b, c` when nothing is close.
std::string SuggestName(absl::string_view wrong, const std::vector<std::string>& names);

}  // namespace parzen
