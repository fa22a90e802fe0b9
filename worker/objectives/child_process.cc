#include "worker/objectives/child_process.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

// A broken pipe is told by write; its signal would end the worker. It goes to the thread that writes.
class NoBrokenPipeSignal {
 public:
  NoBrokenPipeSignal() {
    sigemptyset(&broken_pipe_);
    sigaddset(&broken_pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe_, &before_);
  }
  ~NoBrokenPipeSignal() {
    const timespec now = {};
    while (sigtimedwait(&broken_pipe_, nullptr, &now) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t broken_pipe_, before_;
};

std::string HowItEnded(int status) {
  if (WIFEXITED(status)) return absl::StrCat("ended with status ", WEXITSTATUS(status));
  const char* const name = sigabbrev_np(WTERMSIG(status));
  return absl::StrCat("was killed by signal ", WTERMSIG(status),
                      name == nullptr ? std::string() : absl::StrCat(" (SIG", name, ")"));
}

}  // namespace

StopHandle::StopHandle(const Stop& stop)
    : event_(eventfd(0, EFD_CLOEXEC)), callback_(stop, [this] { eventfd_write(event_.get(), 1); }) {}

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::vector<std::string>& argv,
                                                                  const std::string& folder) {
  ASSIGN_OR_RETURN(SpawnedChild child, SpawnChild(argv, folder));
  const pid_t pid = child.pid;
  try {
    return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(child)));
  } catch (const std::system_error& error) {  // no thread is left for its standard error
    kill(-pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return absl::ResourceExhaustedError(absl::StrCat("cannot start a program: ", error.what()));
  }
}

ChildProcess::ChildProcess(SpawnedChild child) : child_(std::move(child)), standard_error_(std::move(child_.err)) {}

void ChildProcess::Tell(absl::string_view line) {
  absl::StrAppend(&to_tell_, line, "\n");
  WriteSome();
}

ChildProcess::Event ChildProcess::Listen(std::string& line, absl::Duration deadline, const StopHandle& stop) {
  for (;;) {
    if (TakeLine(line)) return Event::kLine;
    if (said_.size() > kLongestLine) return Event::kTooLong;
    if (!child_.out.is_open()) return HasEnded() ? Event::kEnded : Event::kClosed;
    const std::optional<Event> event = Await(deadline, stop);
    if (event == Event::kEnded) child_.out.Close();  // all was read; others may hold the pipe's other end for ever
    if (TakeLine(line)) return Event::kLine;
    if (event.has_value()) return *event;
  }
}

ChildProcess::Event ChildProcess::WaitForEnd(absl::Duration deadline, const StopHandle& stop) {
  child_.in.Close();
  for (;;) {
    said_.clear();
    searched_ = 0;
    const std::optional<Event> event = Await(deadline, stop);
    if (event.has_value()) return *event;
  }
}

bool ChildProcess::IsIdle() {
  ReadSome();
  // What it has been told and has not read would be taken for the next thing that it is told.
  int unread = 0;
  const bool has_read_all =
      child_.in.is_open() && to_tell_.empty() && ioctl(child_.in.get(), FIONREAD, &unread) == 0 && unread == 0;
  return has_read_all && said_.empty() && child_.out.is_open() && !HasEnded();
}

const ChildProcess::End& ChildProcess::Finish() {
  if (end_.has_value()) return *end_;
  bool by_itself = HasEnded();
  if (!by_itself) {
    kill(-child_.pid, SIGTERM);
    pollfd ended{child_.handle.get(), POLLIN, 0};
    const absl::Duration deadline = ReadClock().steady + kTermination;
    while (poll(&ended, 1, PollMilliseconds(deadline - ReadClock().steady)) < 0 && errno == EINTR) {
    }
  }
  // Not waited for yet, so the group's number is still ours: nothing else can be hit.
  kill(-child_.pid, SIGKILL);
  int status = 0;
  while (waitpid(child_.pid, &status, 0) < 0 && errno == EINTR) {
  }
  end_ = End{by_itself && WIFEXITED(status) && WEXITSTATUS(status) == 0, HowItEnded(status), standard_error_.Finish()};
  return *end_;
}

std::optional<ChildProcess::Event> ChildProcess::Await(absl::Duration deadline, const StopHandle& stop) {
  pollfd ready[] = {{stop.fd(), POLLIN, 0},
                    {child_.handle.get(), POLLIN, 0},
                    {child_.out.get(), POLLIN, 0},
                    {to_tell_.empty() ? -1 : child_.in.get(), POLLOUT, 0}};
  const absl::Duration left = deadline - ReadClock().steady;
  if (left <= absl::ZeroDuration()) return Event::kTimeUp;  // before the next line: there may always be one
  const int count = poll(ready, std::size(ready), PollMilliseconds(left));
  if (count < 0) return std::nullopt;  // a signal
  if (ready[0].revents != 0) return Event::kStopped;
  if (ready[2].revents != 0) {
    ReadSome();
    return std::nullopt;  // what it said before it ended comes first
  }
  if (ready[1].revents != 0) return Event::kEnded;
  if (ready[3].revents != 0) WriteSome();
  return std::nullopt;
}

void ChildProcess::WriteSome() {
  const NoBrokenPipeSignal quiet;
  while (!to_tell_.empty() && child_.in.is_open()) {
    const ssize_t bytes = write(child_.in.get(), to_tell_.data(), to_tell_.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && errno == EAGAIN) return;
    if (bytes < 0) {
      child_.in.Close();  // it does not listen; that is its right
      to_tell_.clear();
      return;
    }
    to_tell_.erase(0, static_cast<size_t>(bytes));
  }
}

void ChildProcess::ReadSome() {
  if (!child_.out.is_open()) return;
  char buffer[1 << 16];
  const ssize_t bytes = read(child_.out.get(), buffer, sizeof(buffer));
  if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (bytes <= 0) return child_.out.Close();
  said_.append(buffer, static_cast<size_t>(bytes));
}

bool ChildProcess::HasEnded() const {
  pollfd ended{child_.handle.get(), POLLIN, 0};
  return poll(&ended, 1, 0) > 0;
}

bool ChildProcess::TakeLine(std::string& line) {
  const size_t end = said_.find('\n', searched_);
  const bool is_last = end == std::string::npos && !child_.out.is_open() && !said_.empty();
  if (end == std::string::npos && !is_last) {
    searched_ = said_.size();
    return false;
  }
  line = said_.substr(0, end);
  said_.erase(0, is_last ? said_.size() : end + 1);
  searched_ = 0;
  return true;
}

}  // namespace parzen
