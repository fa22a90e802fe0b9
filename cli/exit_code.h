// What the process's exit says, in one mapping: 0 done, 1 failed, 2 wrong usage or study file, 3 coordinator
// unreachable.
#pragma once

#include "absl/status/status.h"

namespace parzen {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;
// As a shell reports a process that SIGINT ended.
inline constexpr int kExitInterrupted = 130;

// The codes that blame what the user asked for are usage; a second coordinator on one file is Aborted, and so a
// failure.
inline int ExitCode(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitDone;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kOutOfRange:
      return kExitUsage;
    case absl::StatusCode::kUnavailable:
      return kExitUnreachable;
    default:
      return kExitFailed;
  }
}

}  // namespace parzen
