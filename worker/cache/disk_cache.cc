#include "worker/cache/disk_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

constexpr char kFiles[] = "files", kPrepared[] = "prepared";
// How often somebody who waits looks whether the maker is through.
constexpr absl::Duration kLook = absl::Milliseconds(50);
// Room on the disk that the cache leaves to others.
constexpr int64_t kSpareBytes = int64_t{64} << 20;

// Whether the path leads to the open file.
bool IsAt(int descriptor, const std::string& path) {
  struct stat open_file, at_path;
  return fstat(descriptor, &open_file) == 0 && stat(path.c_str(), &at_path) == 0 &&
         open_file.st_dev == at_path.st_dev && open_file.st_ino == at_path.st_ino;
}

// Opens the file with a lock of that kind. -1: there is none, or (with LOCK_NB) it is locked otherwise.
int OpenLocked(const std::string& path, int flags, int lock) {
  for (;;) {
    const int descriptor = open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return -1;
    int locked = 0;
    while ((locked = flock(descriptor, lock)) != 0 && errno == EINTR) {
    }
    if (locked != 0) {
      const int error = errno;
      close(descriptor);
      errno = error;
      return -1;
    }
    if (IsAt(descriptor, path)) return descriptor;
    close(descriptor);  // it was renamed or removed before we had the lock
  }
}

// Those of the folder that are missing, for this user alone. False, with errno: one cannot be made.
bool MakeFolders(const std::string& folder) {
  std::error_code error;
  fs::create_directories(fs::path(folder).parent_path(), error);  // mkdir says what is wrong
  for (const std::string& path : {folder, absl::StrCat(folder, "/", kFiles), absl::StrCat(folder, "/", kPrepared)}) {
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return false;
  }
  return true;
}

struct Candidate {
  std::string path;
  int64_t bytes;
  struct timespec used;
};

std::vector<Candidate> Candidates(const std::string& folder) {
  std::vector<Candidate> candidates;
  for (const char* part : {kFiles, kPrepared}) {
    std::error_code error;
    for (fs::directory_iterator it(fs::path(folder) / part, error), end; !error && it != end; it.increment(error)) {
      struct stat info;
      if (lstat(it->path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
      candidates.push_back({it->path().string(), info.st_size, info.st_atim});
    }
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::pair(a.used.tv_sec, a.used.tv_nsec) < std::pair(b.used.tv_sec, b.used.tv_nsec);
  });
  return candidates;
}

}  // namespace

absl::Status CacheFileError(absl::string_view what, const std::string& path, int error) {
  const std::string message = absl::StrCat("cannot ", what, " \"", path, "\": ", std::strerror(error));
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return full ? absl::ResourceExhaustedError(message) : absl::InternalError(message);
}

DiskCache::Entry::Entry(Entry&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

DiskCache::Entry& DiskCache::Entry::operator=(Entry&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

DiskCache::Entry::~Entry() {
  if (descriptor_ >= 0) close(descriptor_);
}

int DiskCache::Entry::Release() { return std::exchange(descriptor_, -1); }

absl::StatusOr<std::unique_ptr<DiskCache>> DiskCache::Open(const std::string& folder, int64_t max_bytes) {
  std::error_code error;
  const std::string absolute = fs::absolute(folder, error).lexically_normal().string();
  if (!MakeFolders(absolute)) {
    return absl::InvalidArgumentError(absl::StrCat("the cache folder \"", absolute, "\" cannot be made: ",
                                                   std::strerror(errno), "; name another one with --cache"));
  }
  if (access(absl::StrCat(absolute, "/", kFiles).c_str(), W_OK | X_OK) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("the cache folder \"", absolute, "\" cannot be written: ",
                                                   std::strerror(errno), "; name another one with --cache"));
  }
  return std::unique_ptr<DiskCache>(new DiskCache(absolute, max_bytes));
}

std::optional<DiskCache::Entry> DiskCache::Find(const std::string& name) {
  const std::string path = absl::StrCat(folder_, "/", name);
  const int descriptor = OpenLocked(path, O_RDONLY, LOCK_SH);
  if (descriptor < 0) return std::nullopt;
  // Set by hand: many file systems are mounted without.
  const struct timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
  futimens(descriptor, times);
  return Entry(path, descriptor);
}

absl::StatusOr<DiskCache::FoundOrMaking> DiskCache::FindOrMake(const std::string& name, const Stop& stop,
                                                               absl::Duration patience) {
  const std::string part = absl::StrCat(folder_, "/", name, ".part");
  absl::Duration waited;
  FoundOrMaking result;
  do {
    result.found = Find(name);
    if (result.found.has_value()) return result;
    int descriptor = OpenLocked(part, O_RDWR | O_CREAT, LOCK_EX | LOCK_NB);
    if (descriptor < 0 && errno == ENOENT && MakeFolders(folder_)) {
      descriptor = OpenLocked(part, O_RDWR | O_CREAT, LOCK_EX | LOCK_NB);
    }
    if (descriptor < 0) {
      if (errno != EWOULDBLOCK) return CacheFileError("make", part, errno);
      if (waited >= patience) {
        return absl::DeadlineExceededError(
            absl::StrCat("another process has been making \"", part, "\" for ", absl::FormatDuration(patience)));
      }
      waited += kLook;
      continue;
    }
    Entry making(part, descriptor);
    result.found = Find(name);  // made since we looked
    if (result.found.has_value()) {
      unlink(part.c_str());
    } else {
      result.making = std::move(making);
    }
    return result;
  } while (!stop.WaitFor(kLook));
  return absl::CancelledError("stopped while another process made what was needed");
}

absl::StatusOr<DiskCache::Entry> DiskCache::Keep(Entry made, const std::string& name) {
  const std::string path = absl::StrCat(folder_, "/", name);
  fchmod(made.descriptor(), 0400);
  if (rename(made.path().c_str(), path.c_str()) != 0) return CacheFileError("name", path, errno);
  // The lock cannot be changed into a shared one in one step: the entry is found again as everybody else finds it.
  { const Entry unlocked(std::move(made)); }
  std::optional<Entry> entry = Find(name);
  if (!entry.has_value())
    return absl::UnavailableError(absl::StrCat("\"", path, "\" was removed as soon as it was made"));
  return *std::move(entry);
}

void DiskCache::Remove(const Entry& damaged) {
  if (IsAt(damaged.descriptor(), damaged.path())) unlink(damaged.path().c_str());
}

absl::Status DiskCache::MakeRoom(int64_t bytes) {
  std::vector<Candidate> candidates = Candidates(folder_);
  int64_t total = 0;
  for (const Candidate& candidate : candidates) total += candidate.bytes;
  for (const Candidate& oldest : candidates) {
    std::error_code error;
    const fs::space_info space = fs::space(folder_, error);
    const bool fits_disk = error || static_cast<int64_t>(space.available) - kSpareBytes >= bytes;
    if (total + bytes <= max_bytes_ && fits_disk) return absl::OkStatus();
    const int descriptor = OpenLocked(oldest.path, O_RDONLY, LOCK_EX | LOCK_NB);
    if (descriptor < 0) continue;  // in use, or gone
    unlink(oldest.path.c_str());
    close(descriptor);
    total -= oldest.bytes;
    spdlog::debug("cache: removed {}", oldest.path);
  }
  std::error_code error;
  const fs::space_info space = fs::space(folder_, error);
  if (!error && static_cast<int64_t>(space.available) - kSpareBytes < bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("the disk of the cache \"", folder_, "\" has ",
                                                     space.available >> 20, " MiB left; ", bytes >> 20,
                                                     " MiB and 64 MiB to spare are needed"));
  }
  if (total + bytes > max_bytes_) {
    spdlog::warn("the cache {} takes {} MiB for now, more than its {} MiB (--cache-size): what is in it is in use",
                 folder_, (total + bytes) >> 20, max_bytes_ >> 20);
  }
  return absl::OkStatus();
}

}  // namespace parzen
