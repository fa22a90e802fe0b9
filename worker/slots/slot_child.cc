#include "worker/slots/slot_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/status_macros.h"
#include "worker/slots/process_tree.h"

namespace parzen {
namespace {

// Read at one time: one that talks without end shall not keep its worker from looking at the clock.
constexpr size_t kMostRead = size_t{1} << 20;

absl::Duration Time(const timeval& user, const timeval& system) {
  return absl::DurationFromTimeval(user) + absl::DurationFromTimeval(system);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SlotChild>> SlotChild::Start(const std::string& program, const SlotOptions& options,
                                                            int wake) {
  ASSIGN_OR_RETURN(StreamPair pair, MakeSocketPair());
  ASSIGN_OR_RETURN(StreamPair output, MakePipe());
  std::vector<std::string> argv = {program, kSlotCommand};
  for (std::string& argument : SlotArguments(options)) argv.push_back(std::move(argument));
  ASSIGN_OR_RETURN(
      RunningProgram running,
      SpawnProgram(argv, /*folder=*/"",
                   {.in = pair.theirs.get(), .out = output.theirs.get(), .err = output.theirs.get()}, Leads::kSession));
  NeverBlock(pair.ours);
  NeverBlock(output.ours);
  return std::unique_ptr<SlotChild>(
      new SlotChild(std::move(running), std::move(pair.ours), std::move(output.ours), wake));
}

SlotChild::SlotChild(RunningProgram program, FileDescriptor socket, FileDescriptor output, int wake)
    : program_(std::move(program)), socket_(std::move(socket)), wake_(wake), output_pipe_(std::move(output)) {}

SlotChild::~SlotChild() {
  if (reaped_) return;
  Kill();
  Reap();
}

void SlotChild::Send(const ToSlot& message) {
  absl::MutexLock lock(&sending_);
  const bool was_empty = unsent_.empty();
  AppendFrame(message, unsent_);
  if (!was_empty) return;  // its owner waits until there is room
  SendSome();
  if (!unsent_.empty()) eventfd_write(wake_, 1);
}

void SlotChild::SendSome() {
  size_t sent = 0;
  while (sent < unsent_.size()) {
    const ssize_t bytes = send(socket_.get(), unsent_.data() + sent, unsent_.size() - sent, MSG_NOSIGNAL);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && errno != EAGAIN) sent = unsent_.size();
    if (bytes < 0) break;
    sent += static_cast<size_t>(bytes);
  }
  unsent_.erase(0, sent);
}

void SlotChild::Wait(absl::Duration timeout) {
  bool has_more = false;
  {
    absl::MutexLock lock(&sending_);
    has_more = !unsent_.empty();
  }
  const auto to_say = static_cast<short>(has_more ? POLLIN | POLLOUT : POLLIN);
  pollfd ready[] = {{wake_, POLLIN, 0},
                    {program_.handle.get(), POLLIN, 0},
                    {hung_up_ ? -1 : socket_.get(), to_say, 0},
                    {output_pipe_.get(), POLLIN, 0}};
  poll(ready, std::size(ready), PollMilliseconds(timeout));
  eventfd_t ignored = 0;
  if (ready[0].revents != 0) eventfd_read(wake_, &ignored);
  if ((ready[2].revents & POLLOUT) == 0) return;
  absl::MutexLock lock(&sending_);
  SendSome();
}

absl::Status SlotChild::Read(std::vector<FromSlot>& messages) {
  char buffer[size_t{1} << 14];
  for (size_t read = 0; !hung_up_ && read < kMostRead;) {
    const ssize_t bytes = recv(socket_.get(), buffer, sizeof(buffer), 0);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && errno == EAGAIN) break;
    if (bytes <= 0) {
      hung_up_ = true;
      break;
    }
    read += static_cast<size_t>(bytes);
    reader_.Append(absl::string_view(buffer, static_cast<size_t>(bytes)));
    if (static_cast<size_t>(bytes) < sizeof(buffer)) break;
  }
  ReadOutput();  // what it wrote before it said something is there by now
  for (;;) {
    FromSlot message;
    ASSIGN_OR_RETURN(const bool is_there, reader_.Next(message));
    if (!is_there) return absl::OkStatus();
    messages.push_back(std::move(message));
  }
}

void SlotChild::ReadOutput() {
  char buffer[kKeptOutput];
  for (size_t read = 0; output_pipe_.is_open() && read < kMostRead;) {
    const ssize_t bytes = ::read(output_pipe_.get(), buffer, sizeof(buffer));
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && errno == EAGAIN) return;
    if (bytes <= 0) return output_pipe_.Close();
    read += static_cast<size_t>(bytes);
    output_.append(buffer, static_cast<size_t>(bytes));
    if (output_.size() > kKeptOutput) output_.erase(0, output_.size() - kKeptOutput);
  }
}

bool SlotChild::HasEnded() const {
  pollfd ended{program_.handle.get(), POLLIN, 0};
  return poll(&ended, 1, 0) > 0;
}

void SlotChild::LetEnd(absl::Duration patience) {
  shutdown(socket_.get(), SHUT_WR);
  const absl::Duration deadline = ReadClock().steady + patience;
  std::vector<FromSlot> ignored;
  while (!HasEnded() && ReadClock().steady < deadline) {
    Wait(deadline - ReadClock().steady);
    if (!Read(ignored).ok()) return;
    ignored.clear();
  }
}

void SlotChild::Kill() { KillWithDescendants(program_.pid); }

absl::Duration SlotChild::ProcessorTime() const {
  clockid_t clock = 0;
  timespec time = {};
  if (clock_getcpuclockid(program_.pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return absl::ZeroDuration();
  return absl::DurationFromTimespec(time);
}

Death SlotChild::Reap() {
  siginfo_t ignored = {};
  while (waitid(P_PID, static_cast<id_t>(program_.pid), &ignored, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  KillSession(program_.pid);  // its programs died with it, but not what they have started
  Death death;
  rusage usage = {};
  while (wait4(program_.pid, &death.status, 0, &usage) < 0 && errno == EINTR) {
  }
  reaped_ = true;
  death.cpu = Time(usage.ru_utime, usage.ru_stime);
  death.peak_memory = int64_t{usage.ru_maxrss} * 1024;
  return death;
}

}  // namespace parzen
