#include "worker/objectives/child_spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

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

struct Pipe {
  FileDescriptor read, write;
};

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return NothingLeft("no pipe");
  Pipe pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  // Where the worker was started without standard streams: their numbers must stay free for the child's.
  for (FileDescriptor* end : {&pipe.read, &pipe.write}) {
    if (end->get() > STDERR_FILENO) continue;
    FileDescriptor above(fcntl(end->get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!above.is_open()) return NothingLeft("no file descriptor");
    *end = std::move(above);
  }
  return pipe;
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
  int in, out, err;    // the child's ends
  int failure;         // where a Failure is written
  pid_t parent;
};

// In the child: only what is safe after fork in a process with threads.
[[noreturn]] void BecomeProgram(const Start& start) {
  setpgid(0, 0);
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
  dup2(start.in, STDIN_FILENO);
  dup2(start.out, STDOUT_FILENO);
  dup2(start.err, STDERR_FILENO);
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

void NeverBlock(const FileDescriptor& fd) { fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK); }

}  // namespace

absl::StatusOr<SpawnedChild> SpawnChild(const std::vector<std::string>& argv, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::string program, FindProgram(argv[0]));
  ASSIGN_OR_RETURN(Pipe in, MakePipe());
  ASSIGN_OR_RETURN(Pipe out, MakePipe());
  ASSIGN_OR_RETURN(Pipe err, MakePipe());
  ASSIGN_OR_RETURN(Pipe failure, MakePipe());
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const Start start{program.c_str(),     arguments.data(), folder.empty() ? nullptr : folder.c_str(),
                    in.read.get(),       out.write.get(),  err.write.get(),
                    failure.write.get(), getpid()};

  const pid_t pid = fork();
  if (pid == 0) BecomeProgram(start);
  if (pid < 0) return NothingLeft("no process");
  SpawnedChild child;
  child.pid = pid;
  child.handle = OpenProcess(pid);
  const int handle_error = errno;
  failure.write.Close();
  absl::Status status = ReadFailure(failure.read.get(), program, folder);
  if (status.ok() && !child.handle.is_open()) {
    errno = handle_error;
    status = NothingLeft("no handle of the process");
    kill(-pid, SIGKILL);
  }
  if (!status.ok()) {
    waitpid(pid, nullptr, 0);
    return status;
  }
  child.in = std::move(in.write);
  child.out = std::move(out.read);
  child.err = std::move(err.read);
  NeverBlock(child.in);
  NeverBlock(child.out);
  NeverBlock(child.err);
  return child;
}

}  // namespace parzen
