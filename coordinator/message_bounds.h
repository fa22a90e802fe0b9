// Bounds on what workers and clients may say of trials: what no honest one reaches.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "proto/coordinator.pb.h"

namespace parzen {

// The highest step, and how many one trial may have.
inline constexpr int64_t kMaxStep = int64_t{1} << 40;
inline constexpr int64_t kMaxSteps = 1'000'000;
// Names of all kinds, and ids.
inline constexpr size_t kMaxNameBytes = 512;
// Why an attempt ended, and the like.
inline constexpr size_t kMaxReasonBytes = 4096;

// InvalidArgument: the message names leases by longer tokens than we give, or more of them than a worker of so many
// slots has room for. Each may be answered with a message of its own.
absl::Status CheckLeases(const WorkerMessage& message, int64_t slots);

}  // namespace parzen
