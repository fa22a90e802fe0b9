#include "worker/objectives/stream_tail.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace parzen {
namespace {

// Read after Finish: a pipe whose writers have ended holds less; somebody who still writes shall not keep us here.
constexpr size_t kLastRead = 1 << 20;

int MakeEvent() {
  const int event = eventfd(0, EFD_CLOEXEC);
  if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return event;
}

}  // namespace

StreamTail::StreamTail(FileDescriptor pipe)
    : pipe_(std::move(pipe)), finish_(MakeEvent()), thread_([this] { Drain(); }) {}

const std::string& StreamTail::Finish() {
  if (thread_.joinable()) {
    eventfd_write(finish_.get(), 1);
    thread_.join();
  }
  return tail_;
}

void StreamTail::Drain() {
  pollfd ready[] = {{pipe_.get(), POLLIN, 0}, {finish_.get(), POLLIN, 0}};
  for (;;) {
    if (poll(ready, 2, -1) < 0 && errno != EINTR) return;
    const bool finish = (ready[1].revents & POLLIN) != 0;
    if (!ReadSome(kLastRead)) ready[0].fd = -1;
    if (finish) return;
  }
}

bool StreamTail::ReadSome(size_t most) {
  char buffer[kKept];
  for (size_t all = 0; all < most;) {
    const ssize_t bytes = read(pipe_.get(), buffer, sizeof(buffer));
    if (bytes == 0) return false;
    if (bytes < 0) return errno == EAGAIN || errno == EINTR;
    all += static_cast<size_t>(bytes);
    tail_.append(buffer, static_cast<size_t>(bytes));
    if (tail_.size() > kKept) tail_.erase(0, tail_.size() - kKept);
  }
  return true;
}

}  // namespace parzen
