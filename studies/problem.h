// What is wrong with a study, gathered so that a user sees all of it at once.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parzen {

// One thing wrong with a study.
struct Problem {
  std::string field;  // path in the study: "parameter[1].float.low"; "" for the whole file
  std::string what;   // what is wrong, and what would be right
  int line = 0;       // from 1; 0 when the spec did not come from a file
};

// More than this helps nobody, and bounds the work on hostile input.
inline constexpr size_t kMaxProblems = 200;

// Problems in the order in which they were found; the first of each (field, what) counts. Threads: externally
// synchronised.
class ProblemList {
 public:
  void Add(absl::string_view field, absl::string_view what, int line = 0);
  // True once kMaxProblems were found: whoever searches may stop.
  bool full() const { return problems_.size() >= kMaxProblems; }
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
  std::set<std::pair<std::string, std::string>> seen_;
};

// All problems as one InvalidArgument, one a line, "FILE:LINE: FIELD: WHAT", in line order; OK when there are none.
absl::Status ProblemsToStatus(const std::vector<Problem>& problems, absl::string_view file_name);

// As SuggestName, without the list of all names where it would be long.
std::string SuggestAmong(absl::string_view wrong, const std::vector<std::string>& names);

// What an error shows of a text from outside: quoted, cut to a readable length.
std::string Quoted(absl::string_view text);

}  // namespace parzen
