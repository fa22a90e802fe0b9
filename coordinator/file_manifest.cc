#include "coordinator/file_manifest.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "base/status_macros.h"

namespace parzen {

FileVersion FileVersion::Of(const struct stat& info) {
  return {info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec * int64_t{1'000'000'000} + info.st_mtim.tv_nsec};
}

absl::StatusOr<std::string> ReadChunk(int descriptor, const std::string& path, int64_t file_bytes, int64_t index) {
  const int64_t begin = index * kFileChunkBytes;
  std::string chunk(std::min(kFileChunkBytes, file_bytes - begin), '\0');
  size_t used = 0;
  while (used < chunk.size()) {
    const ssize_t got = pread(descriptor, chunk.data() + used, chunk.size() - used, begin + static_cast<int64_t>(used));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::DataLossError(absl::StrCat("cannot read \"", path, "\": ", std::strerror(errno)));
    if (got == 0) return absl::DataLossError(absl::StrCat("\"", path, "\" became shorter while it was read"));
    used += static_cast<size_t>(got);
  }
  return chunk;
}

absl::StatusOr<FileManifest> ReadManifest(int descriptor, const std::string& path, const std::function<bool()>& stop) {
  struct stat before, after;
  if (fstat(descriptor, &before) != 0 || !S_ISREG(before.st_mode)) {
    return absl::DataLossError(absl::StrCat("\"", path, "\" is not a file that can be read"));
  }
  if (before.st_size > kMaxServedFileBytes) {
    return absl::InvalidArgumentError(absl::StrCat("\"", path, "\" has ", before.st_size, " bytes; at most ",
                                                   kMaxServedFileBytes, " are handed to workers"));
  }
  FileManifest manifest;
  manifest.set_bytes(before.st_size);
  manifest.set_chunk_bytes(kFileChunkBytes);
  Sha256 whole;
  for (int64_t index = 0; index * kFileChunkBytes < before.st_size; ++index) {
    if (stop()) return absl::CancelledError("stopped");
    ASSIGN_OR_RETURN(const std::string chunk, ReadChunk(descriptor, path, before.st_size, index));
    whole.Update(chunk);
    manifest.add_chunk_sha256(Sha256Of(chunk));
  }
  if (fstat(descriptor, &after) != 0 || FileVersion::Of(before) != FileVersion::Of(after)) {
    return absl::DataLossError(absl::StrCat("\"", path, "\" changed while it was read"));
  }
  manifest.set_sha256(absl::BytesToHexString(whole.Finish()));
  return manifest;
}

}  // namespace parzen
