#include "worker/slots/slot_end.h"

#include <string.h>
#include <sys/wait.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

using Cause = TrialWatch::Cause;

// What a slot says when an allocation has failed begins so (trial_runner.cc).
constexpr char kOutOfMemory[] = "out of memory";

std::string Size(int64_t bytes) {
  constexpr int64_t kMebi = int64_t{1} << 20;
  constexpr int64_t kGibi = int64_t{1} << 30;
  if (bytes % kGibi == 0) return absl::StrCat(bytes / kGibi, " GiB");
  return bytes % kMebi == 0 ? absl::StrCat(bytes / kMebi, " MiB") : absl::StrCat(bytes, " bytes");
}

std::string OutOfMemory(const WatchedTrial& trial) {
  return absl::StrCat(kOutOfMemory, ": more than ", Size(trial.memory_bytes),
                      " (the worker's --memory); with placement { memory_mb: N } in the study file, workers with less ",
                      "do not get its trials");
}

std::string TookTooLong(const WatchedTrial& trial) {
  return absl::StrCat("took longer than its limit of ", absl::ToDoubleSeconds(trial.limit), " s");
}

// A failed allocation that nobody caught.
bool DiedOfBadAlloc(int status, const WatchedTrial& trial) {
  return trial.memory_bytes > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
         absl::StrContains(trial.stderr_tail, "std::bad_alloc");
}

}  // namespace

TrialEnd EndOfTrial(FromSlot::End said, const WatchedTrial& trial) {
  TrialEnd end;
  *end.mutable_usage() = std::move(*said.mutable_usage());
  if (!trial.stderr_tail.empty()) end.mutable_usage()->set_stderr_tail(trial.stderr_tail);
  if (trial.cause == Cause::kTimeUp) {
    end.set_failure(TookTooLong(trial));
  } else if (said.has_result()) {
    *end.mutable_result() = std::move(*said.mutable_result());
  } else if (said.has_failure()) {
    const bool limited = trial.memory_bytes > 0 && absl::StartsWith(said.failure(), kOutOfMemory);
    end.set_failure(limited ? OutOfMemory(trial) : said.failure());
  } else if (said.has_paused() && trial.cause == Cause::kNone) {
    *end.mutable_paused() = std::move(*said.mutable_paused());
  } else {
    end.set_released(true);
  }
  return end;
}

TrialEnd EndByDeath(const Death& death, const WatchedTrial& trial) {
  TrialEnd end;
  AttemptUsage& usage = *end.mutable_usage();
  usage.set_wall_seconds(absl::ToDoubleSeconds(death.wall));
  usage.set_cpu_seconds(absl::ToDoubleSeconds(death.cpu));
  usage.set_peak_memory_bytes(death.peak_memory);
  if (!trial.stderr_tail.empty()) usage.set_stderr_tail(trial.stderr_tail);
  if (WIFEXITED(death.status)) usage.set_exit_code(WEXITSTATUS(death.status));
  if (WIFSIGNALED(death.status)) usage.set_signal(WTERMSIG(death.status));
  switch (trial.cause) {
    case Cause::kCancelled:
      end.set_released(true);
      break;
    case Cause::kTimeUp:
      end.set_failure(TookTooLong(trial));
      break;
    case Cause::kOutOfMemory:
      end.set_failure(OutOfMemory(trial));
      break;
    case Cause::kHung:
      end.set_crash("slot hung: it gave no sign of life and was killed");
      break;
    case Cause::kNonsense:
      end.set_crash("slot talked nonsense and was killed");
      break;
    case Cause::kNone:
      if (DiedOfBadAlloc(death.status, trial)) {
        end.set_failure(OutOfMemory(trial));
        break;
      }
      end.set_crash(absl::StrCat("slot ", HowItDied(death.status)));
      break;
  }
  return end;
}

std::string HowItDied(int status) {
  if (WIFEXITED(status)) return absl::StrCat("died: exit status ", WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  if (signal == SIGKILL) return "was killed (SIGKILL), perhaps by the kernel for lack of memory";
  return absl::StrCat("died: signal ", signal, " (", strsignal(signal), ")");
}

}  // namespace parzen
