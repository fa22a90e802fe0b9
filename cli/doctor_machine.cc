// The machine itself.
#include <sched.h>
#include <sys/resource.h>
#include <sys/timex.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/doctor.h"

namespace parzen {
namespace {

constexpr double kGiB = 1 << 30;

Finding Processor() {
  // What the program is built for: the x86-64-v3 level.
  const bool suits = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (suits) return {"processor", Severity::kOk, "has AVX2 and FMA", ""};
  return {"processor", Severity::kFail, "has no AVX2, FMA and BMI2", "use a machine with a processor of 2013 or later"};
}

Finding Cores() {
  cpu_set_t set;
  const int cores = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
  return {"cores", Severity::kOk, absl::StrCat(cores, " for this process"), ""};
}

// A line "NAME: VALUE kB" of /proc/meminfo, in bytes; 0 without one.
double MemInfo(const std::string& name) {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  double value = 0;
  while (file >> key >> value) {
    std::getline(file, unit);
    if (key == absl::StrCat(name, ":")) return value * 1024;
  }
  return 0;
}

Finding Memory() {
  constexpr double kLittle = 0.5 * kGiB;
  const double all = MemInfo("MemTotal"), free = MemInfo("MemAvailable");
  const std::string found = absl::StrFormat("%.1f GiB free of %.1f GiB", free / kGiB, all / kGiB);
  if (free >= kLittle) return {"memory", Severity::kOk, found, ""};
  return {"memory", Severity::kWarn, found, "end other programs, or run fewer slots with a --memory limit"};
}

Finding OpenFiles() {
  constexpr rlim_t kEnough = 4096;  // 1,000 workers, and then some
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  const std::string found = limit.rlim_cur == RLIM_INFINITY ? "no limit" : absl::StrCat("at most ", limit.rlim_cur);
  if (limit.rlim_cur >= kEnough) return {"open files", Severity::kOk, found, ""};
  return {"open files", Severity::kWarn, found,
          "a coordinator of more than a few hundred workers needs more: ulimit -n 65536, or LimitNOFILE= in its unit"};
}

Finding Clock() {
  timex state = {};
  const bool known = adjtimex(&state) >= 0;
  if (known && (state.status & STA_UNSYNC) == 0) return {"clock", Severity::kOk, "synchronised", ""};
  return {"clock", Severity::kWarn, known ? "not synchronised" : "cannot be asked",
          "leases do not need it, but times and certificates do: install systemd-timesyncd or chrony"};
}

}  // namespace

Findings ExamineMachine() { return {Processor(), Cores(), Memory(), OpenFiles(), Clock()}; }

}  // namespace parzen
