// A running study in a line or a few, and the view that `run` and `study watch` show while they wait.
//
//   [##########----------] 12/30  running 2  failed 0  1.2 s/trial  ETA 0:23
//   best 0.9512 (trial 7): trees = 120, max_depth = 14
//
// Threads: externally synchronised. Time comes in as an argument.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "cli/study_source.h"
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

// The lines above; a bar, the total and the ETA only where the study has a budget. The bar goes first where the columns
// are too few for all.
std::vector<std::string> ProgressLines(const StudySummary& study, const Pace& pace, size_t columns = 1000);

// The same in one line for a log: without bar and parameters.
std::string ProgressSummary(const StudySummary& study, const Pace& pace);

// "0:23", "12:05", "3:04:05".
std::string ClockText(double seconds);

// "0.42 s", "13 s", "2:05".
std::string DurationText(double seconds);

// "3/40  trial 2 COMPLETE 0.9512  1.2 s": what a log says of a trial that finished as number `finished`; a failed
// one with its reason.
std::string TrialLine(const StudySummary& study, const TrialRecord& trial, int64_t finished);

// Shows a study's progress on a stream until it ends. On a terminal: a screen (watch_view.h), redrawn in place.
// Elsewhere: a line for every trial that has finished since the last look, or one line for all of them when they are
// many. What a look costs does not grow with the study.
class ProgressView {
 public:
  // Both are borrowed and outlive the view. `coordinated`: IsCoordinated; else nothing is said of a worker that lacks.
  ProgressView(StudySource& source, FILE* stream, bool coordinated = true);

  // Looks at the study and shows it. Errors: what the source says.
  absl::StatusOr<StudySummary> Show(const std::string& study, Now now);
  // Whether it draws on a terminal.
  bool terminal() const { return terminal_; }

 private:
  void Redraw(const StudyProgress& progress, absl::Time now);
  absl::Status BeginTelling(const StudyProgress& progress);
  absl::Status TellNews(const StudyProgress& progress);
  // That no worker can do the study's trials, once.
  void TellWantedWorker(const StudyProgress& progress);
  // Untold trials from this number on that are final, by number; they are told then.
  absl::StatusOr<std::vector<TrialRecord>> ReadNews(const std::string& study, int64_t from);

  StudySource& source_;
  FILE* const stream_;
  const bool terminal_;
  const bool coordinated_;
  Pace pace_;
  size_t lines_drawn_ = 0;
  size_t columns_drawn_ = 0;
  // Without a terminal: how many trials were told or there before, the first number never seen, and trials below it
  // that had not ended when they were.
  std::optional<int64_t> told_;
  int64_t first_unseen_ = 0;
  std::set<int64_t> untold_;
  std::string told_wanted_;  // of the worker that it waited for at the last look
};

}  // namespace parzen
