// What a program wrote, made fit to stand in an error: on one line, valid UTF-8, of bounded length. Pure functions.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace parzen {

// The text with line ends as " | " and anything else that cannot be printed as "?"; without blanks at both ends.
std::string OneLine(absl::string_view text);

// OneLine in quotes; what is longer than about 200 bytes is cut there.
std::string QuotedLine(absl::string_view text);

}  // namespace parzen
