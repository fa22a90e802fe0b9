// What can come next on an unfinished command line, from the app's own description of its commands and options: an
// option's type name "table|json|csv" lists its values, an argument called STUDY is the name of a study. Nothing is
// parsed or run, so a line may be wrong or unfinished anywhere. Pure functions; threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace CLI {
class App;
}  // namespace CLI

namespace parzen {

// What belongs where the last word of the line is.
struct Expected {
  enum class Kind {
    kWords,    // one of `words`
    kStudy,    // the name of a study in `db` or at `coordinator`
    kWorker,   // the name of a worker there
    kKind,     // a name that `parzen KIND show` knows; `kind` is the KIND
    kFile,     // the shell knows the files
    kFolder,   // and the folders
    kNothing,  // a number, a new name: anything
  };
  Kind kind = Kind::kNothing;
  std::vector<std::string> words;  // not yet only those that begin as the last word does
  std::string kind_command;
  std::string db;           // as on the line; "" when it is not there
  std::string coordinator;  // the same
  std::string before;       // the part of the last word before what is expected: "--db=" of "--db=m"
  std::string begun;        // the rest of it: "m"
};

// `words`: the line without the program's name; the last one, which may be "", is being completed.
Expected ExpectedNext(const CLI::App& app, const std::vector<std::string>& words);

// Those of `candidates` that begin with `expected.begun`, in front of them `expected.before`. Without those that do not
// fit on a line of text as they are (control characters).
std::vector<std::string> Candidates(const Expected& expected, const std::vector<std::string>& candidates);

// A command line as bash holds it, up to the cursor.
struct BashLine {
  std::vector<std::string> words;  // without quotes and backslashes; at least one, the last being completed
  size_t kept = 0;                 // bytes of the last word that bash keeps when it puts a completion in: it only
                                   // replaces what follows an opening quote or one of its word breaks
};

// `breaks`: bash's $COMP_WORDBREAKS. A quote may be open at the end. Nothing is expanded.
BashLine SplitBashLine(absl::string_view line, absl::string_view breaks);

}  // namespace parzen
