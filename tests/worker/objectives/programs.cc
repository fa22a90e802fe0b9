#include "tests/worker/objectives/programs.h"

#include <poll.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"

namespace parzen {

TrialTask ProgramTest::Script(const std::string& script) const {
  TrialTask task;
  CommandSpec& spec = *task.mutable_command()->mutable_spec();
  for (const char* argument : {"sh", "-c"}) spec.add_argv(argument);
  spec.add_argv(absl::StrReplaceAll(script, {{"$DIR", folder_.Path("")}}));
  task.mutable_command()->set_input(R"({"trial": 3})");
  return task;
}

absl::StatusOr<TrialResult> ProgramTest::Run(const TrialTask& task) {
  return objective_.Run(task, {stop_, [this](int64_t step, double value) {
                                 reported_.emplace_back(step, value);
                                 on_report_();
                                 return go_on_;
                               }});
}

double ProgramTest::Value(const TrialTask& task) {
  const absl::StatusOr<TrialResult> result = Run(task);
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok() || result->metric_size() == 0) return -1;
  EXPECT_EQ(result->metric(0).name(), "value");
  return result->metric(0).value();
}

std::string ProgramTest::Failure(const TrialTask& task) {
  const absl::Status status = Run(task).status();
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(absl::IsCancelled(status)) << status;
  return std::string(status.message());
}

std::string ProgramTest::Written(const std::string& name) const {
  std::ifstream file(folder_.Path(name));
  std::stringstream text;
  text << file.rdbuf();
  return std::string(absl::StripTrailingAsciiWhitespace(text.str()));
}

void ProgramTest::ExpectEnds(const std::string& name) const {
  const pid_t pid = atoi(Written(name).c_str());
  ASSERT_GT(pid, 1) << "the script did not get so far";
  const FileDescriptor handle = OpenProcess(pid);
  if (!handle.is_open()) {
    EXPECT_EQ(errno, ESRCH);
    return;
  }
  pollfd ended{handle.get(), POLLIN, 0};
  EXPECT_EQ(poll(&ended, 1, 60000), 1) << "still runs";
}

void ProgramTest::ExpectNoChildren() {
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace parzen
