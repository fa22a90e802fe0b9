#include "tests/integration/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace parzen {
namespace {

// No step of a test may be silent for longer.
constexpr int kSilenceMilliseconds = 60000;

pid_t Spawn(const std::vector<std::string>& arguments, const std::string& stdin_file, int out, int err) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  static const std::string cache = FreshFolder();  // not the user's
  setenv("XDG_CACHE_HOME", cache.c_str(), /*overwrite=*/1);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const int in = open(stdin_file.c_str(), O_RDONLY);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

int WaitFor(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

Process::Process(std::vector<std::string> arguments, const std::string& stdin_file) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) abort();
  pid_ = Spawn(arguments, stdin_file, ends[1], ends[1]);
  close(ends[1]);
  pipe_ = ends[0];
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    WaitFor(pid_);
  }
  close(pipe_);
}

bool Process::ReadMore() {
  pollfd ready{pipe_, POLLIN, 0};
  if (poll(&ready, 1, kSilenceMilliseconds) <= 0) {
    ADD_FAILURE() << "no output for a minute; so far:\n" << output_;
    return false;
  }
  char buffer[4096];
  const ssize_t bytes = read(pipe_, buffer, sizeof(buffer));
  if (bytes <= 0) return false;
  output_.append(buffer, static_cast<size_t>(bytes));
  return true;
}

std::string Process::WaitForLine(const std::string& text) {
  for (;;) {
    for (size_t end = output_.find('\n', searched_); end != std::string::npos; end = output_.find('\n', searched_)) {
      const std::string line = output_.substr(searched_, end - searched_);
      searched_ = end + 1;
      if (line.find(text) != std::string::npos) return line;
    }
    if (!ReadMore()) {
      ADD_FAILURE() << "the output ended without \"" << text << "\":\n" << output_;
      return "";
    }
  }
}

void Process::Signal(int signal) const { kill(pid_, signal); }

int Process::Wait() {
  while (ReadMore()) {
  }
  const int code = WaitFor(pid_);
  pid_ = -1;
  return code;
}

Finished RunToEnd(const std::vector<std::string>& arguments) {
  const std::string folder = FreshFolder();
  const int out = open((folder + "/out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int err = open((folder + "/err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const pid_t pid = Spawn(arguments, "/dev/null", out, err);
  close(out);
  close(err);
  const int code = WaitFor(pid);
  return {code, ReadFile(folder + "/out"), ReadFile(folder + "/err")};
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string TreeFile(const std::string& path) {
  const char* runfiles = getenv("TEST_SRCDIR");
  return absl::StrCat(runfiles == nullptr ? "." : runfiles, "/parzen/", path);
}

std::string ParzenBinary() { return TreeFile("cli/parzen"); }

std::string FreshFolder() {
  struct Folders {
    ~Folders() {
      std::error_code ignored;
      for (const std::string& folder : all) std::filesystem::remove_all(folder, ignored);
    }
    std::vector<std::string> all;
  };
  static Folders folders;
  // Not in the test's own temporary folder: its path is too long for a Unix socket.
  std::string folder = std::filesystem::temp_directory_path() / "parzen.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) abort();
  folders.all.push_back(folder);
  return folder;
}

}  // namespace parzen
