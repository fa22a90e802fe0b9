// What the other end of a file descriptor can show, and how wide text is there. Pure but for the three questions about
// descriptors. Threads: any.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace parzen {

// A terminal that understands cursor movements (TERM is not "dumb").
bool IsTerminal(int descriptor);
// A terminal, and NO_COLOR is unset or empty.
bool UseColour(int descriptor);
// Columns of the terminal; 80 when it does not say.
size_t TerminalColumns(int descriptor);
// Its lines; 24 when it does not say.
size_t TerminalRows(int descriptor);

// Columns that UTF-8 text takes: two for East Asian wide characters and emoji, none for combining marks.
size_t DisplayWidth(absl::string_view text);

// The text safe to print on a terminal: control characters and direction overrides as escapes (\n, \x1b, \u202e),
// broken UTF-8 as U+FFFD.
std::string Printable(absl::string_view text);

// The text cut to at most `columns` columns, ending with "…" when something was cut. Requires: columns >= 1.
std::string FitColumns(absl::string_view text, size_t columns);

// "1 trial", "20 trials".
std::string CountOf(int64_t count, absl::string_view noun);

}  // namespace parzen
