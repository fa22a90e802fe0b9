// A program that the benchmark starts, watches from outside and ends. Threads: externally synchronised.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parzen {

class ChildProcess {
 public:
  // The first argument is the program; its stderr is ours. Internal: it cannot be started.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& arguments);
  // SIGTERM, and waits until it has ended.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // What follows `before` on the next line of its stdout that has it. Internal when its output ends first.
  absl::StatusOr<std::string> ReadAfter(absl::string_view before);
  // Processor time so far, of all its threads.
  absl::Duration Processor() const;
  // Memory that it has in RAM now.
  int64_t ResidentBytes() const;

 private:
  ChildProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  const pid_t pid_;
  const int output_;
};

// Processor time of this process so far.
absl::Duration OwnProcessor();

}  // namespace parzen
