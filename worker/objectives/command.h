// Runs a program: CommandTask. CommandSpec in proto/work.proto is the contract with the program.
//
// What a program can do wrong, and what becomes of the trial (each failure quotes the end of its standard error):
//   cannot be started                     fails: not on PATH, not executable, no such folder
//   ends before its result                fails: status or signal
//   ends after its result, status not 0   fails: status or signal
//   lingers after its result              killed after the grace; the result counts
//   writes what is no answer, a line
//     without end, too many steps         fails, with the line; killed
//   says {"error": ...}                   fails, with what it said
//   closes its standard output            fails; killed, unless it ends by itself within the grace
//   takes longer than time_limit_seconds  fails; killed
//   does not read, or closes its input    nothing: answers to steps are kept for it, then dropped
//   writes to standard error              nothing: it is read all the time
//   does not end when told to stop        killed after the grace; the trial is pruned whatever it says
//   is running when the worker ends, or
//     the trial is cancelled              killed at once
// Killed: SIGTERM to its process group, SIGKILL two seconds later. With keep_alive the program goes on to the slot's
// next trial of the same CommandSpec unless it failed, or said more than it should; one that has died meanwhile is
// started again.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "proto/work.pb.h"
#include "worker/objectives/child_process.h"
#include "worker/objectives/objective.h"

namespace parzen {

class CommandObjective final : public Objective {
 public:
  static constexpr int64_t kMaxSteps = 1'000'000;

  struct Options {
    bool allowed = false;
    // For a program to end once nothing more is expected of it, or once it was told to stop.
    absl::Duration grace = absl::Seconds(5);
  };
  explicit CommandObjective(const Options& options) : options_(options) {}

  // PermissionDenied: this worker runs no programs. Otherwise see Objective.
  absl::StatusOr<TrialResult> Run(const TrialTask& task, const TrialHooks& hooks) override;

 private:
  absl::StatusOr<TrialResult> RunProgram(const CommandTask& task, const TrialHooks& hooks);

  const Options options_;
  // Of the last trial, when it is kept; and what it was started from.
  std::unique_ptr<ChildProcess> kept_;
  std::string kept_spec_;
};

}  // namespace parzen
