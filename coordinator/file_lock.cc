#include "coordinator/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

std::string Holder(int descriptor) {
  char text[300] = {};
  const ssize_t bytes = pread(descriptor, text, sizeof(text) - 1, 0);
  const std::string holder(
      absl::StripAsciiWhitespace(absl::string_view(text, bytes > 0 ? static_cast<size_t>(bytes) : 0)));
  return holder.empty() ? "another process" : holder;
}

}  // namespace

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& file) {
  // One lock for all names of one file: links must not let two coordinators in.
  char* const real = realpath(file.c_str(), nullptr);
  const std::string path = absl::StrCat(real == nullptr ? file.c_str() : real, ".lock");
  free(real);
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat(path, ": cannot be made, and a coordinator needs it beside its study database"));
  }
  FileLock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be locked"));
    return absl::AbortedError(absl::StrCat(file, ": a coordinator already works on this file (", Holder(descriptor),
                                           "); stop it, or choose another --db"));
  }
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  const std::string holder = absl::StrCat("host ", host, ", pid ", getpid(), "\n");
  // What stands in the file is only for the message above, so a failure to write it is none of the lock.
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, holder.data(), holder.size(), 0) < 0) return lock;
  return lock;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace parzen
