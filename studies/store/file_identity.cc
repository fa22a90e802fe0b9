#include "studies/store/file_identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "studies/store/database_copy.h"

namespace parzen {

absl::StatusOr<FileIdentity> FileIdentity::Of(const std::string& path) {
  char* const real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be found"));
  std::string resolved = real;
  free(real);
  const int descriptor = open(resolved.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be looked at"));
  return FileIdentity(std::move(resolved), descriptor);
}

FileIdentity::FileIdentity(FileIdentity&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileIdentity& FileIdentity::operator=(FileIdentity&& other) noexcept {
  path_.swap(other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileIdentity::~FileIdentity() {
  if (descriptor_ >= 0) close(descriptor_);
}

FileFate FileIdentity::Look() const {
  struct stat there, open_file;
  if (stat(path_.c_str(), &there) != 0) return HasNoName() ? FileFate::kDeleted : FileFate::kMovedAway;
  if (fstat(descriptor_, &open_file) != 0) return FileFate::kReplaced;
  return there.st_dev == open_file.st_dev && there.st_ino == open_file.st_ino ? FileFate::kThere : FileFate::kReplaced;
}

absl::Status FileIdentity::CopyTo(const std::string& to) const {
  std::error_code error;
  std::filesystem::copy_file(absl::StrCat("/proc/self/fd/", descriptor_), to,
                             std::filesystem::copy_options::overwrite_existing, error);
  absl::Status status =
      error ? absl::ErrnoToStatus(error.value(), absl::StrCat(to, ": cannot be written")) : SyncFile(to);
  if (!status.ok()) unlink(to.c_str());
  return status;
}

bool FileIdentity::HasNoName() const {
  struct stat open_file;
  return fstat(descriptor_, &open_file) == 0 && open_file.st_nlink == 0;
}

}  // namespace parzen
