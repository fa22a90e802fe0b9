// What names a file's content: its SHA-256. Pure function of the bytes on disk.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace parzen {

struct FileDigest {
  std::string sha256;  // 64 hexadecimal digits, lower case
  int64_t bytes = 0;
};

// Reads the file once, in pieces. PermissionDenied: it cannot be opened; DataLoss: not be read to its end.
absl::StatusOr<FileDigest> DigestFile(const std::string& path);

}  // namespace parzen
