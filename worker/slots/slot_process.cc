#include "worker/slots/slot_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <tbb/global_control.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "proto/slot.pb.h"
#include "worker/cache/disk_cache.h"
#include "worker/objectives/file_descriptor.h"
#include "worker/prepared_data.h"
#include "worker/slots/slot_frames.h"
#include "worker/slots/trial_runner.h"

namespace parzen {
namespace {

// Prepared datasets that a slot keeps in memory, or mapped.
constexpr size_t kDatasets = 4;

// Threads: Serve from one; messages are sent from any.
class SlotServer {
 public:
  // `disk` may be null.
  SlotServer(const SlotOptions& options, DiskCache* disk, FileDescriptor socket)
      : socket_(std::move(socket)),
        cache_(kDatasets, disk),
        runner_(
            options.threads, ObjectiveInputs{cache_, options.allow_commands},
            [this](int64_t step, double value) { Report(step, value); },
            [this](TrialRunner::Ended ended) { End(std::move(ended)); }) {}

  // Until the worker closes the socket.
  absl::Status Serve() {
    FromSlot ready;
    ready.mutable_ready();
    Send(ready);
    FrameReader reader;
    std::string buffer(size_t{1} << 16, '\0');
    for (;;) {
      const ssize_t bytes = recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (bytes < 0 && errno == EINTR) continue;
      if (bytes <= 0) return absl::OkStatus();
      reader.Append(absl::string_view(buffer.data(), static_cast<size_t>(bytes)));
      for (;;) {
        ToSlot message;
        ASSIGN_OR_RETURN(const bool is_there, reader.Next(message));
        if (!is_there) break;
        On(message);
      }
    }
  }

 private:
  void On(ToSlot& message) {
    switch (message.kind_case()) {
      case ToSlot::kTask:
        return runner_.Start(std::move(*message.mutable_task()));
      case ToSlot::kAnswer:
        return runner_.Answered(message.answer().step(), message.answer().stop()    ? StepVerdict::kStop
                                                         : message.answer().pause() ? StepVerdict::kPause
                                                                                    : StepVerdict::kGoOn);
      case ToSlot::kCancel:
        return runner_.Cancel();
      case ToSlot::kPing: {
        FromSlot pong;
        pong.mutable_pong();
        return Send(pong);
      }
      case ToSlot::kConnection:
        return runner_.SetConnected(message.connection().connected());
      case ToSlot::KIND_NOT_SET:
        return;
    }
  }

  void Report(int64_t step, double value) {
    FromSlot message;
    message.mutable_report()->set_step(step);
    message.mutable_report()->set_value(value);
    Send(message);
  }

  void End(TrialRunner::Ended ended) {
    FromSlot message;
    FromSlot::End& end = *message.mutable_end();
    *end.mutable_usage() = ended.usage;
    if (ended.result.ok()) {
      *end.mutable_result() = *std::move(ended.result);
    } else if (ended.paused.has_value()) {
      *end.mutable_paused() = *std::move(ended.paused);
    } else if (absl::IsCancelled(ended.result.status())) {
      end.set_cancelled(true);
    } else {
      end.set_failure(std::string(ended.result.status().message()));
    }
    std::fflush(stderr);  // the worker keeps what the trial has written
    Send(message);
  }

  // A worker that is gone is found out by Serve.
  void Send(const FromSlot& message) {
    absl::MutexLock lock(&sending_);
    unsent_.clear();
    AppendFrame(message, unsent_);
    for (size_t sent = 0; sent < unsent_.size();) {
      const ssize_t bytes = send(socket_.get(), unsent_.data() + sent, unsent_.size() - sent, MSG_NOSIGNAL);
      if (bytes < 0 && errno == EINTR) continue;
      if (bytes < 0) return;
      sent += static_cast<size_t>(bytes);
    }
  }

  const FileDescriptor socket_;
  absl::Mutex sending_;
  std::string unsent_ ABSL_GUARDED_BY(sending_);
  DataCache cache_;
  TrialRunner runner_;  // last: its thread uses the others
};

// Takes the socket off standard input, so that nothing that reads there reads from it.
absl::StatusOr<FileDescriptor> TakeSocket() {
  int type = 0;
  socklen_t size = sizeof(type);
  if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    return absl::InvalidArgumentError("a slot is started by its worker: see `parzen worker --help`");
  }
  FileDescriptor socket(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  const FileDescriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!socket.is_open() || !nothing.is_open() || dup2(nothing.get(), STDIN_FILENO) < 0) {
    return absl::ResourceExhaustedError("no file descriptor is left");
  }
  return socket;
}

// Makes allocations fail that would take more. Stacks count in full, although little of them is used: room for them
// comes on top.
void LimitMemory(int64_t bytes, int threads) {
  rlimit stack = {};
  getrlimit(RLIMIT_STACK, &stack);
  constexpr rlim_t kUsualStack = rlim_t{8} << 20;
  const rlim_t each = stack.rlim_cur == RLIM_INFINITY ? kUsualStack : stack.rlim_cur;
  const rlim_t limit = static_cast<rlim_t>(bytes) + each * static_cast<rlim_t>(threads + 2);
  const rlimit data = {limit, limit};
  setrlimit(RLIMIT_DATA, &data);
}

}  // namespace

absl::Status RunSlotProcess(const SlotOptions& options) {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP, SIGXFSZ}) signal(signal_number, SIG_IGN);
  ASSIGN_OR_RETURN(FileDescriptor socket, TakeSocket());
  prctl(PR_SET_NAME, "parzen-slot");  // what top and pgrep show; it was started as "exe"
  if (options.memory_bytes > 0) LimitMemory(options.memory_bytes, options.threads);
  // Without this, more threads than cores would be refused in silence.
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const tbb::global_control pool(tbb::global_control::max_allowed_parallelism,
                                 std::max(cores, static_cast<size_t>(options.threads)));
  std::unique_ptr<DiskCache> disk;
  if (!options.cache.empty()) {
    absl::StatusOr<std::unique_ptr<DiskCache>> opened = DiskCache::Open(options.cache, options.cache_bytes);
    if (opened.ok()) disk = *std::move(opened);
    if (!opened.ok()) spdlog::warn("data is not shared between slots: {}", std::string(opened.status().message()));
  }
  return SlotServer(options, disk.get(), std::move(socket)).Serve();
}

}  // namespace parzen
