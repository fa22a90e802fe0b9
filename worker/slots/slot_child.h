// The process of a slot as its worker has it: messages to and from it, what it writes, its end. Owns the process: the
// destructor kills it, and what it has started, and leaves no zombie. However it ends, what is left of its session
// ends, too: a program that has made a session of its own and lost its parent is the only thing that stays.
// Nothing that it does or fails to do can block the worker: what it does not read is kept until it does.
//
// Threads: Send from any; the rest on the thread that started it, which must outlive it (the process dies with that
// thread, see child_spawn.h).
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "proto/slot.pb.h"
#include "worker/objectives/child_spawn.h"
#include "worker/objectives/file_descriptor.h"
#include "worker/slots/slot_end.h"
#include "worker/slots/slot_frames.h"
#include "worker/slots/slot_options.h"

namespace parzen {

class SlotChild {
 public:
  // Of what it writes to standard output and error.
  static constexpr size_t kKeptOutput = 4096;

  // `wake` is an eventfd of the owner's, borrowed: it ends a Wait. NotFound, InvalidArgument, ResourceExhausted: no
  // process could be started.
  static absl::StatusOr<std::unique_ptr<SlotChild>> Start(const std::string& program, const SlotOptions& options,
                                                          int wake);
  ~SlotChild();
  SlotChild(const SlotChild&) = delete;
  SlotChild& operator=(const SlotChild&) = delete;

  // Never waits. What a process that is gone would have got is forgotten.
  void Send(const ToSlot& message);
  // Until something can be read or written, the process has ended, the owner's eventfd was written, or `timeout`.
  void Wait(absl::Duration timeout);
  // Reads what is there: appends messages, keeps output. InvalidArgument: it is nonsense.
  absl::Status Read(std::vector<FromSlot>& messages);
  // It will say no more, although it may not have ended yet.
  bool hung_up() const { return hung_up_; }
  // The last of what it has written since the last call.
  std::string TakeOutput() { return std::exchange(output_, {}); }
  bool HasEnded() const;
  // Tells it that no more will come, and waits for its end, but no longer than that.
  void LetEnd(absl::Duration patience);
  // It ends at once, and all that it has started.
  void Kill();
  // Processor time that it has taken so far, without its programs'.
  absl::Duration ProcessorTime() const;
  // Waits for its end, ends what it has left behind, and says how it was; wall is left out. Once.
  Death Reap();
  pid_t pid() const { return program_.pid; }

 private:
  SlotChild(RunningProgram program, FileDescriptor socket, FileDescriptor output, int wake);

  void SendSome() ABSL_EXCLUSIVE_LOCKS_REQUIRED(sending_);
  void ReadOutput();

  const RunningProgram program_;
  const FileDescriptor socket_;
  const int wake_;
  FileDescriptor output_pipe_;
  FrameReader reader_;
  std::string output_;
  bool hung_up_ = false;
  bool reaped_ = false;
  absl::Mutex sending_;
  std::string unsent_ ABSL_GUARDED_BY(sending_);
};

}  // namespace parzen
