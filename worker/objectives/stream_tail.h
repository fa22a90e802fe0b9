// Reads a pipe all the time, so that whoever writes to it never waits, and keeps its last bytes. Threads: a thread of
// its own reads; the methods from one thread.
#pragma once

#include <string>
#include <thread>

#include "worker/objectives/file_descriptor.h"

namespace parzen {

class StreamTail {
 public:
  static constexpr size_t kKept = 4096;

  // Takes the pipe over; it does not block.
  explicit StreamTail(FileDescriptor pipe);
  ~StreamTail() { Finish(); }

  // Reads what has been written up to now, then ends the thread. The last kKept bytes; the same at every call.
  const std::string& Finish();

 private:
  void Drain();
  // Reads what is there, but no more than `most` bytes; false at the pipe's end.
  bool ReadSome(size_t most);

  const FileDescriptor pipe_;
  const FileDescriptor finish_;  // an eventfd
  std::string tail_;             // the thread's until it ends
  std::thread thread_;           // last: starts when everything else is there
};

}  // namespace parzen
