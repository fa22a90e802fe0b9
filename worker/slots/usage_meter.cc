#include "worker/slots/usage_meter.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "worker/slots/process_tree.h"

namespace parzen {
namespace {

absl::Duration ProcessorTimeOf(int who) {
  rusage usage = {};
  getrusage(who, &usage);
  return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
}

}  // namespace

UsageMeter::UsageMeter()
    : reset_peak_(open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)),
      status_(open("/proc/self/status", O_RDONLY | O_CLOEXEC)) {}

void UsageMeter::Begin(bool has_programs, Now now) {
  has_programs_ = has_programs;
  began_ = now.steady;
  processor_before_ = ProcessorTimeSoFar();
  (void)!pwrite(reset_peak_.get(), "5", 1, 0);  // see proc(5)
}

AttemptUsage UsageMeter::End(Now now) const {
  AttemptUsage usage;
  usage.set_wall_seconds(absl::ToDoubleSeconds(now.steady - began_));
  usage.set_cpu_seconds(absl::ToDoubleSeconds(ProcessorTimeSoFar() - processor_before_));
  char text[4096] = {};
  if (pread(status_.get(), text, sizeof(text) - 1, 0) <= 0) return usage;
  const char* const peak = std::strstr(text, "VmHWM:");
  long long kibibytes = 0;
  if (peak != nullptr && std::sscanf(peak, "VmHWM: %lld kB", &kibibytes) == 1) {
    usage.set_peak_memory_bytes(int64_t{kibibytes} * 1024);
  }
  return usage;
}

absl::Duration UsageMeter::ProcessorTimeSoFar() const {
  absl::Duration time = ProcessorTimeOf(RUSAGE_SELF) + ProcessorTimeOf(RUSAGE_CHILDREN);
  if (!has_programs_) return time;
  for (const pid_t program : Descendants(getpid())) time += ProcessorTime(program);
  return time;
}

}  // namespace parzen
