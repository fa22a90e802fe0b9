// A file cut into chunks, with the digest of each. Pure functions of the bytes on disk.
#pragma once

#include <sys/stat.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "proto/coordinator.pb.h"

namespace parzen {

// Bytes of a chunk.
inline constexpr int64_t kFileChunkBytes = int64_t{1} << 20;
// Files that are handed to workers are not larger, so that a manifest stays below 4 MiB.
inline constexpr int64_t kMaxServedFileBytes = int64_t{64} << 30;

// What tells that a file is still the one that was read: it changes when somebody writes to the file or replaces it.
struct FileVersion {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t bytes = 0;
  int64_t modified_nanos = 0;

  static FileVersion Of(const struct stat& info);
  auto operator<=>(const FileVersion&) const = default;
};

// Reads the file from its start to its end. Cancelled: `stop` said so between two chunks. InvalidArgument: larger than
// kMaxServedFileBytes. DataLoss: it cannot be read, or changed meanwhile.
absl::StatusOr<FileManifest> ReadManifest(int descriptor, const std::string& path, const std::function<bool()>& stop);

// Reads one chunk, as the manifest cuts the file. DataLoss: it cannot be read, or is shorter now.
absl::StatusOr<std::string> ReadChunk(int descriptor, const std::string& path, int64_t file_bytes, int64_t index);

}  // namespace parzen
