#include "bench/dispatch/child_process.h"

#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "absl/strings/str_cat.h"

extern char** environ;

namespace parzen {
namespace {

absl::Duration ReadProcessorClock(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& arguments) {
  int output[2];
  if (pipe(output) != 0) return absl::InternalError("cannot make a pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, output[0]);
  posix_spawn_file_actions_addclose(&actions, output[1]);
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(output[1]);
  if (error != 0) {
    close(output[0]);
    return absl::InternalError(absl::StrCat("cannot start ", arguments[0], "; build it, or name it with --parzen"));
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, output[0]));
}

ChildProcess::~ChildProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  close(output_);
}

absl::StatusOr<std::string> ChildProcess::ReadAfter(absl::string_view before) {
  std::string line;
  char next = 0;
  while (read(output_, &next, 1) == 1) {
    if (next != '\n') {
      line.push_back(next);
      continue;
    }
    if (const size_t at = line.find(std::string(before)); at != std::string::npos)
      return line.substr(at + before.size());
    line.clear();
  }
  return absl::InternalError(absl::StrCat("the program ended before it said \"", before, "\""));
}

absl::Duration ChildProcess::Processor() const {
  clockid_t clock = 0;
  return clock_getcpuclockid(pid_, &clock) == 0 ? ReadProcessorClock(clock) : absl::ZeroDuration();
}

int64_t ChildProcess::ResidentBytes() const {
  std::ifstream file(absl::StrCat("/proc/", pid_, "/statm"));
  int64_t size = 0;
  int64_t resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

absl::Duration OwnProcessor() { return ReadProcessorClock(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace parzen
