// A slot that does everything wrong that a process can: what, its trial's first argument says.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "proto/slot.pb.h"
#include "worker/slots/slot_frames.h"

namespace parzen {
namespace {

void Say(const FromSlot& message) {
  std::string bytes;
  AppendFrame(message, bytes);
  (void)!write(STDIN_FILENO, bytes.data(), bytes.size());
}

// The next message; the process ends with the conversation.
ToSlot Hear(FrameReader& reader) {
  for (;;) {
    ToSlot message;
    const absl::StatusOr<bool> is_there = reader.Next(message);
    if (!is_there.ok()) std::exit(1);
    if (*is_there) return message;
    char buffer[4096];
    const ssize_t bytes = read(STDIN_FILENO, buffer, sizeof(buffer));
    if (bytes <= 0) std::exit(0);
    reader.Append(absl::string_view(buffer, static_cast<size_t>(bytes)));
  }
}

void Misbehave(const std::string& how) {
  std::fprintf(stderr, "about to %s\n", how.c_str());
  if (how == "segfault") raise(SIGSEGV);
  if (how == "abort") std::abort();
  if (how == "exit") std::exit(3);
  if (how == "be killed") raise(SIGKILL);
  if (how == "stop") raise(SIGSTOP);
  if (how == "talk nonsense") (void)!write(STDIN_FILENO, "\x05\0\0\0\xff\xff\xff\xff\xff", 9);
  if (how == "hang up") close(STDIN_FILENO), pause();
  if (how == "throw bad_alloc")
    std::fputs("terminate called after throwing an instance of 'std::bad_alloc'\n", stderr), abort();
  if (how == "grow") {
    std::vector<char>* const memory = new std::vector<char>(size_t{96} << 20, 'x');
    (void)memory;
  }
  // "ignore": everything but pings.
}

int Main() {
  FrameReader reader;
  FromSlot message;
  message.mutable_ready();
  Say(message);
  for (;;) {
    const ToSlot heard = Hear(reader);
    if (heard.has_task() && heard.task().has_command()) Misbehave(heard.task().command().spec().argv(0));
    if (heard.has_task() && !heard.task().has_command()) {
      message.mutable_end()->mutable_result();
      Say(message);
    }
    if (!heard.has_ping()) continue;
    message.mutable_pong();
    Say(message);
  }
}

}  // namespace
}  // namespace parzen

int main() { return parzen::Main(); }
