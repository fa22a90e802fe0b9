// A running study in a line or a few: what `run` and `study watch` show while they wait.
//
//   [##########----------] 12/30  running 2  failed 0  best 0.9512 (trial 7)  1.2 s/trial  ETA 0:23
//
// Threads: externally synchronised. Time comes in as an argument.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "proto/study.pb.h"

namespace parzen {

// How fast trials finish, as seen since the first observation.
class Pace {
 public:
  // `finished`: trials in a final state so far; `now`: steady time, never going back.
  void Observe(int64_t finished, absl::Duration now);
  // Wall seconds a trial; nullopt before a trial has finished.
  std::optional<double> SecondsPerTrial() const;

 private:
  std::optional<int64_t> first_finished_;
  absl::Duration first_time_;
  int64_t finished_ = 0;
  absl::Duration last_time_;
};

// The line above. The bar only with `bar`, and a bar, ETA and total only where the study has a budget.
std::string ProgressLine(const StudySummary& study, const Pace& pace, bool bar);

// "0:23", "12:05", "3:04:05".
std::string ClockText(double seconds);

// Shows progress on a stream: on a terminal a few lines that are redrawn in place, elsewhere a line whenever trials
// have finished, at most one a second.
class ProgressView {
 public:
  // `stream` is borrowed and outlives the view.
  explicit ProgressView(FILE* stream);

  void Show(const StudySummary& study, absl::Duration now);
  // Shows the last state whatever was shown before; what is printed next starts below.
  void End(const StudySummary& study, absl::Duration now);

 private:
  void Redraw(const StudySummary& study);
  void Print(const StudySummary& study, absl::Duration now);

  FILE* const stream_;
  const bool terminal_;
  Pace pace_;
  size_t lines_drawn_ = 0;
  int64_t last_printed_ = -1;
  absl::Duration last_print_time_ = -absl::InfiniteDuration();
};

}  // namespace parzen
