#include "worker/objectives/child_spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "worker/objectives/one_line.h"

namespace parzen {
namespace {

absl::Status NothingLeft(const char* what) {
  return absl::ResourceExhaustedError(absl::StrCat("cannot start a program: ", what, ": ", std::strerror(errno)));
}

// Where the worker was started without standard streams: their numbers must stay free for the child's.
absl::StatusOr<StreamPair> AboveStandardStreams(StreamPair pair) {
  for (FileDescriptor* end : {&pair.ours, &pair.theirs}) {
    if (end->get() > STDERR_FILENO) continue;
    FileDescriptor above(fcntl(end->get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!above.is_open()) return NothingLeft("no file descriptor");
    *end = std::move(above);
  }
  return pair;
}

bool IsProgram(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

absl::StatusOr<std::string> FindProgram(const std::string& name) {
  if (absl::StrContains(name, '/')) return name;
  const char* const path = getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    std::string candidate = absl::StrCat(folder.empty() ? "." : folder, "/", name);
    if (IsProgram(candidate)) return candidate;
  }
  return absl::NotFoundError(absl::StrCat("there is no program ", QuotedLine(name), " on this worker's PATH"));
}

// What the child tells when it cannot become the program; nothing when it can.
struct Failure {
  bool is_folder = false;
  int error = 0;
};

struct Start {
  const char* program;
  char* const* argv;
  const char* folder;  // null: stay
  ProgramStreams streams;
  Leads leads;
  int failure;  // where a Failure is written
  pid_t parent;
};

// In the child: only what is safe after fork in a process with threads.
[[noreturn]] void BecomeProgram(const Start& start) {
  if (start.leads == Leads::kSession) setsid();
  if (start.leads == Leads::kGroup) setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != start.parent) _exit(127);  // it was already gone when we asked
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction fresh = {};
    fresh.sa_handler = SIG_DFL;
    sigaction(signal, &fresh, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(start.streams.in, STDIN_FILENO);
  dup2(start.streams.out, STDOUT_FILENO);
  dup2(start.streams.err, STDERR_FILENO);
  close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);  // what a library has opened without O_CLOEXEC
  Failure failure;
  failure.is_folder = start.folder != nullptr && chdir(start.folder) != 0;
  if (!failure.is_folder) execv(start.program, start.argv);
  failure.error = errno;
  (void)!write(start.failure, &failure, sizeof(failure));
  _exit(127);
}

absl::Status ReadFailure(int fd, const std::string& program, const std::string& folder) {
  Failure failure;
  ssize_t bytes = 0;
  do {
    bytes = read(fd, &failure, sizeof(failure));
  } while (bytes < 0 && errno == EINTR);
  if (bytes != sizeof(failure)) return absl::OkStatus();
  const std::string what = failure.is_folder ? absl::StrCat("cannot enter the folder ", QuotedLine(folder))
                                             : absl::StrCat("cannot run the program ", QuotedLine(program));
  const std::string text = absl::StrCat(what, ": ", std::strerror(failure.error));
  return failure.error == ENOENT ? absl::NotFoundError(text) : absl::InvalidArgumentError(text);
}

}  // namespace

absl::StatusOr<StreamPair> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return NothingLeft("no pipe");
  return AboveStandardStreams({.ours = FileDescriptor(ends[0]), .theirs = FileDescriptor(ends[1])});
}

absl::StatusOr<StreamPair> MakeSocketPair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return NothingLeft("no socket");
  return AboveStandardStreams({.ours = FileDescriptor(ends[0]), .theirs = FileDescriptor(ends[1])});
}

void NeverBlock(const FileDescriptor& fd) { fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

int PollMilliseconds(absl::Duration left) {
  if (left <= absl::ZeroDuration()) return 0;
  const absl::Duration cut = std::min(left, absl::Hours(1));
  return static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(cut, absl::Milliseconds(1))));
}

absl::StatusOr<RunningProgram> SpawnProgram(const std::vector<std::string>& argv, const std::string& folder,
                                            const ProgramStreams& streams, Leads leads) {
  ASSIGN_OR_RETURN(const std::string program, FindProgram(argv[0]));
  ASSIGN_OR_RETURN(StreamPair failure, MakePipe());
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const Start start{.program = program.c_str(),
                    .argv = arguments.data(),
                    .folder = folder.empty() ? nullptr : folder.c_str(),
                    .streams = streams,
                    .leads = leads,
                    .failure = failure.theirs.get(),
                    .parent = getpid()};

  RunningProgram running;
  running.pid = fork();
  if (running.pid == 0) BecomeProgram(start);
  if (running.pid < 0) return NothingLeft("no process");
  running.handle = OpenProcess(running.pid);
  const int handle_error = errno;
  failure.theirs.Close();
  absl::Status status = ReadFailure(failure.ours.get(), program, folder);
  if (status.ok() && !running.handle.is_open()) {
    errno = handle_error;
    status = NothingLeft("no handle of the process");
    kill(-running.pid, SIGKILL);
  }
  if (status.ok()) return running;
  waitpid(running.pid, nullptr, 0);
  return status;
}

absl::StatusOr<SpawnedChild> SpawnChild(const std::vector<std::string>& argv, const std::string& folder) {
  ASSIGN_OR_RETURN(StreamPair in, MakePipe());
  std::swap(in.ours, in.theirs);  // here they read
  ASSIGN_OR_RETURN(StreamPair out, MakePipe());
  ASSIGN_OR_RETURN(StreamPair err, MakePipe());
  ASSIGN_OR_RETURN(
      RunningProgram running,
      SpawnProgram(argv, folder, {.in = in.theirs.get(), .out = out.theirs.get(), .err = err.theirs.get()}));
  for (const FileDescriptor* end : {&in.ours, &out.ours, &err.ours}) NeverBlock(*end);
  return SpawnedChild{running.pid, std::move(running.handle), std::move(in.ours), std::move(out.ours),
                      std::move(err.ours)};
}

}  // namespace parzen
