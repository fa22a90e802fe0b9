// What a trial takes of the process that it runs in: wall and processor time (that of its programs included), and the
// most memory at one time. Where /proc does not say, the field is left out. Threads: externally synchronised.
#pragma once

#include "absl/time/time.h"
#include "base/clock.h"
#include "proto/work.pb.h"
#include "worker/objectives/file_descriptor.h"

namespace parzen {

class UsageMeter {
 public:
  UsageMeter();

  // `has_programs`: the trial may run programs that go on after it.
  void Begin(bool has_programs, Now now);
  // Since Begin.
  AttemptUsage End(Now now) const;

 private:
  absl::Duration ProcessorTimeSoFar() const;

  const FileDescriptor reset_peak_;  // /proc/self/clear_refs
  const FileDescriptor status_;      // /proc/self/status
  bool has_programs_ = false;
  absl::Duration began_;
  absl::Duration processor_before_;
};

}  // namespace parzen
