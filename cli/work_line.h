// One line about work of this process that takes longer than a second, redrawn in place on a terminal:
//
//   reading trials  [########------------] 40%  ETA 0:12
//
// Elsewhere, and for work that is quicker, nothing is shown. Threads: externally synchronised. Time comes in as an
// argument.
#pragma once

#include <cstdio>
#include <string>

#include "absl/time/time.h"

namespace parzen {

// The line's text. `share` of the work was done in `elapsed`; no ETA while that says nothing.
std::string WorkLineText(const std::string& what, double share, absl::Duration elapsed);

class WorkLine {
 public:
  // `stream` is borrowed. `shows`: it is a terminal. `start`: steady time, as all that follow.
  WorkLine(FILE* stream, bool shows, std::string what, absl::Duration start);
  // Takes the line away again.
  ~WorkLine();
  WorkLine(const WorkLine&) = delete;
  WorkLine& operator=(const WorkLine&) = delete;

  // Redraws at most ten times a second.
  void Show(double share, absl::Duration now);

 private:
  FILE* const stream_;
  const bool shows_;
  const std::string what_;
  const absl::Duration start_;
  absl::Duration next_;  // not to be drawn before
  bool drawn_ = false;
};

}  // namespace parzen
