// Shell scripts as programs of command tasks, and what became of their processes.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/worker/data_folder.h"
#include "worker/objectives/command.h"

namespace parzen {

class ProgramTest : public testing::Test {
 protected:
  // A task that runs a POSIX shell script; $DIR in it stands for the test's folder.
  TrialTask Script(const std::string& script) const;
  static CommandSpec& SpecOf(TrialTask& task) { return *task.mutable_command()->mutable_spec(); }

  // What the objective makes of the task.
  absl::StatusOr<TrialResult> Run(const TrialTask& task);
  // The metric "value" of a trial that must succeed.
  double Value(const TrialTask& task);
  // Why the trial failed; fails the case when it did not.
  std::string Failure(const TrialTask& task);

  // What a script wrote to a file in the folder, without the last line end.
  std::string Written(const std::string& name) const;
  // Waits for the end of the process whose number a script wrote to a file. Fails the case after a minute.
  void ExpectEnds(const std::string& name) const;
  // Nobody that was started from this process is left, not even as a zombie.
  static void ExpectNoChildren();

  DataFolder folder_;
  Stop stop_;
  std::vector<std::pair<int64_t, double>> reported_;
  bool go_on_ = true;                        // what reports are answered
  std::function<void()> on_report_ = [] {};  // called at each
  CommandObjective objective_{{.allowed = true, .grace = absl::Milliseconds(200)}};
};

}  // namespace parzen
