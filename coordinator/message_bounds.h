// Bounds on what workers and clients may say of trials: what no honest one reaches.
#pragma once

#include <cstddef>
#include <cstdint>

namespace parzen {

// The highest step, and how many one trial may have.
inline constexpr int64_t kMaxStep = int64_t{1} << 40;
inline constexpr int64_t kMaxSteps = 1'000'000;
// Names of all kinds, and ids.
inline constexpr size_t kMaxNameBytes = 512;
// Why an attempt ended, and the like.
inline constexpr size_t kMaxReasonBytes = 4096;

}  // namespace parzen
