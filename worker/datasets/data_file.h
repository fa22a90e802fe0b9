// The bytes of a data file from outside, plain or gzip (told apart by their first two bytes, not by the file's name).
//
// Memory grows with bytes really read or unpacked, never with what a header claims. Threads: pure functions of the
// files. Errors start with the path. NotFound: there is no such file. InvalidArgument: not a regular file, unreadable,
// too large, or gzip that is truncated, corrupt or followed by other bytes; says at which byte.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace parzen {

// Largest dataset file read, after unpacking: 8 GiB.
inline constexpr int64_t kMaxDataFileBytes = int64_t{8} << 30;

// Most features a row may have: a grey image of 1024 x 1024.
inline constexpr int64_t kMaxFeatures = int64_t{1} << 20;
// Most classes of a dataset; what has more are no classes but numbers or names.
inline constexpr int64_t kMaxClasses = 1000;

absl::StatusOr<std::string> ReadDataFile(const std::string& path, int64_t max_bytes = kMaxDataFileBytes);

}  // namespace parzen
