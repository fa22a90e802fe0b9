// At most one coordinator writes a study file: an advisory lock on FILE.lock that the operating system releases when
// the process ends, however it ends. The lock file stays behind, empty of meaning. Threads: externally synchronised.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace parzen {

class FileLock {
 public:
  // Requires: the file exists. Aborted: another process holds it; says which host and pid. NotFound, PermissionDenied:
  // FILE.lock cannot be made.
  static absl::StatusOr<FileLock> Acquire(const std::string& file);

  FileLock(FileLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace parzen
