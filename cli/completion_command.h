// The hidden command that the scripts of `parzen completion` ask for candidates.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace CLI {
class App;
}  // namespace CLI

namespace parzen {

// `arguments`, behind "complete": "--" and the words of the line (zsh), or "bash", $COMP_WORDBREAKS and the line up to
// the cursor. Prints what belongs there: "words", "names" (which may need quotes), "files", "folders" or "nothing",
// then candidates, one a line. Says nothing of a database or coordinator that does not answer.
absl::Status PrintCompletions(const CLI::App& app, const std::vector<std::string>& arguments);

// As the first argument of the binary.
inline constexpr char kCompleteCommand[] = "complete";

}  // namespace parzen
