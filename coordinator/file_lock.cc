#include "coordinator/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

// SQLite's own locks lie at 1 GiB. Whoever opens a database in write-ahead logging locks the first byte for a moment,
// and some of those after it for as long as it is open.
constexpr off_t kOpeningByte = off_t{1} << 30;
constexpr off_t kOpenBytes = kOpeningByte + 1;
constexpr off_t kOpenBytesCount = 511;
constexpr off_t kLockedByte = off_t{1} << 61;
// Who holds the lock inside the file: a hard link may have no .lock beside it that says so.
constexpr char kHolderAttribute[] = "user.parzen.coordinator";

std::string Myself() {
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return absl::StrCat("host ", host, ", pid ", getpid(), "\n");
}

absl::Status HeldBy(const std::string& file, absl::string_view holder) {
  holder = absl::StripAsciiWhitespace(holder);
  return absl::AbortedError(absl::StrCat(file, ": a coordinator already works on this file (",
                                         holder.empty() ? "another process" : holder,
                                         "); stop it, or choose another --db"));
}

// Also of a file that is not there yet.
std::string RealPath(const std::string& file) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::weakly_canonical(std::filesystem::absolute(file, error), error);
  return error ? file : path.string();
}

absl::StatusOr<int> LockBeside(const std::string& file) {
  const std::string path = absl::StrCat(file, ".lock");
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0 && (errno == EACCES || errno == EPERM || errno == EROFS)) {
    return absl::PermissionDeniedError(absl::StrCat(path, ": cannot be made, and a coordinator needs it beside its ",
                                                    "study database: the folder may not be written; choose another ",
                                                    "--db"));
  }
  if (descriptor < 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat(path, ": cannot be made, and a coordinator needs it beside its study database"));
  }
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    absl::Status status = absl::ErrnoToStatus(errno, absl::StrCat(path, ": cannot be locked"));
    if (errno == EWOULDBLOCK) {
      char text[300] = {};
      const ssize_t bytes = pread(descriptor, text, sizeof(text) - 1, 0);
      status = HeldBy(file, absl::string_view(text, bytes > 0 ? static_cast<size_t>(bytes) : 0));
    }
    close(descriptor);
    return status;
  }
  const std::string holder = Myself();
  // What stands in the file is only for the message above, so a failure to write it is none of the lock.
  if (ftruncate(descriptor, 0) == 0 && pwrite(descriptor, holder.data(), holder.size(), 0) < 0) return descriptor;
  return descriptor;
}

struct flock Bytes(short type, off_t start, off_t count) {
  struct flock bytes = {};
  bytes.l_type = type;
  bytes.l_whence = SEEK_SET;
  bytes.l_start = start;
  bytes.l_len = count;
  return bytes;
}

// -1 where the file system has no such locks.
absl::StatusOr<int> LockInside(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat(file, ": cannot be opened"));
  struct flock byte = Bytes(F_WRLCK, kLockedByte, 1);
  if (fcntl(descriptor, F_OFD_SETLK, &byte) == 0) {
    const std::string holder = Myself();
    // As above: only for the message.
    if (fsetxattr(descriptor, kHolderAttribute, holder.data(), holder.size(), 0) != 0) return descriptor;
    return descriptor;
  }
  const bool held = errno == EAGAIN || errno == EACCES;
  char text[300] = {};
  if (held && fgetxattr(descriptor, kHolderAttribute, text, sizeof(text) - 1) < 0) text[0] = '\0';
  close(descriptor);
  if (held) return HeldBy(file, text);
  return -1;
}

bool SameFile(int descriptor, const std::string& path) {
  struct stat open_file, there;
  return fstat(descriptor, &open_file) == 0 && stat(path.c_str(), &there) == 0 && open_file.st_dev == there.st_dev &&
         open_file.st_ino == there.st_ino;
}

void CloseIfOpen(int descriptor) {
  if (descriptor >= 0) close(descriptor);
}

}  // namespace

std::string CoordinatorOf(const std::string& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return "";
  struct flock byte = Bytes(F_WRLCK, kLockedByte, 1);
  const bool held = fcntl(descriptor, F_OFD_GETLK, &byte) == 0 && byte.l_type != F_UNLCK;
  char text[300] = {};
  const bool named = held && fgetxattr(descriptor, kHolderAttribute, text, sizeof(text) - 1) > 0;
  close(descriptor);
  if (!held || named) return std::string(absl::StripAsciiWhitespace(text));
  std::ifstream beside(absl::StrCat(RealPath(file), ".lock"));
  std::string holder;
  std::getline(beside, holder);
  return holder.empty() ? "another process" : holder;
}

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& file) {
  FileLock lock(RealPath(file));
  ASSIGN_OR_RETURN(lock.beside_, LockBeside(lock.path_));
  if (access(lock.path_.c_str(), F_OK) == 0) RETURN_IF_ERROR(lock.LockFile());
  return lock;
}

absl::Status FileLock::LockFile() {
  if (inside_ >= 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(inside_, LockInside(path_));
  return absl::OkStatus();
}

absl::Status FileLock::MoveTo(const std::string& copy) {
  // FILE.lock may have been deleted together with the file.
  if (!SameFile(beside_, absl::StrCat(path_, ".lock"))) {
    ASSIGN_OR_RETURN(const int beside, LockBeside(path_));
    CloseIfOpen(std::exchange(beside_, beside));
  }
  ASSIGN_OR_RETURN(const int inside, LockInside(copy));
  CloseIfOpen(std::exchange(inside_, inside));
  return absl::OkStatus();
}

bool FileLock::KeepOthersOut() const {
  if (inside_ < 0) return true;
  struct flock opening = Bytes(F_WRLCK, kOpeningByte, 1);
  if (fcntl(inside_, F_OFD_SETLK, &opening) != 0) return false;
  // Not F_OFD_GETLK, which would tell of the locks of our own connections too.
  struct flock open = Bytes(F_WRLCK, kOpenBytes, kOpenBytesCount);
  if (fcntl(inside_, F_GETLK, &open) == 0 && open.l_type == F_UNLCK) return true;
  LetOthersIn();
  return false;
}

void FileLock::LetOthersIn() const {
  if (inside_ < 0) return;
  struct flock opening = Bytes(F_UNLCK, kOpeningByte, 1);
  fcntl(inside_, F_OFD_SETLK, &opening);
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)),
      beside_(std::exchange(other.beside_, -1)),
      inside_(std::exchange(other.inside_, -1)) {}

FileLock::~FileLock() {
  CloseIfOpen(inside_);
  CloseIfOpen(beside_);
}

}  // namespace parzen
