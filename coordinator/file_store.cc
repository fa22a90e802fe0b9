#include "coordinator/file_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/random_token.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

// Names of uploads under way begin so.
constexpr absl::string_view kUnfinished = "upload-";
// Room that is left to the database beside an upload.
constexpr int64_t kSpareBytes = int64_t{64} << 20;

absl::Status DiskError(const std::string& path, int error) {
  const std::string message = absl::StrCat("cannot write \"", path, "\": ", std::strerror(error));
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return full ? absl::ResourceExhaustedError(message) : absl::InternalError(message);
}

bool SyncFolder(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const auto close_folder = absl::MakeCleanup([descriptor] { close(descriptor); });
  return fsync(descriptor) == 0;
}

std::vector<std::string> NamesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  return names;
}

}  // namespace

FileStore::FileStore(const std::string& folder) : folder_(fs::absolute(folder).lexically_normal().string()) {
  for (const std::string& name : NamesIn(folder_)) {
    if (absl::StartsWith(name, kUnfinished)) unlink(absl::StrCat(folder_, "/", name).c_str());
  }
}

std::string FileStore::PathOf(const std::string& sha256) const { return absl::StrCat(folder_, "/", sha256); }

absl::StatusOr<std::unique_ptr<FileStore::Upload>> FileStore::Begin(const std::string& sha256, int64_t bytes) {
  if (mkdir(folder_.c_str(), 0700) == 0) {
    const std::string parent = fs::path(folder_).parent_path().string();
    if (!SyncFolder(parent)) return DiskError(parent, errno);
  } else if (errno != EEXIST) {
    return DiskError(folder_, errno);
  }
  const std::string path = absl::StrCat(folder_, "/", kUnfinished, RandomToken());
  absl::MutexLock lock(&mutex_);
  std::error_code error;
  const fs::space_info space = fs::space(folder_, error);
  const int64_t left = static_cast<int64_t>(space.available) - kSpareBytes - needed_;
  if (!error && left < bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the coordinator's disk has ", space.available >> 20, " MiB left",
                     needed_ > 0 ? absl::StrCat(", and other uploads need ", needed_ >> 20, " of them") : "",
                     ": too few for a file of ", bytes >> 20, " MiB"));
  }
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
  if (descriptor < 0) return DiskError(path, errno);
  needed_ += bytes;
  return std::unique_ptr<Upload>(new Upload(*this, sha256, bytes, path, descriptor));
}

void FileStore::NeedLess(int64_t bytes) {
  absl::MutexLock lock(&mutex_);
  needed_ -= bytes;
}

FileStore::Upload::~Upload() {
  close(descriptor_);
  unlink(path_.c_str());  // gone already, once it has its name
  store_.NeedLess(bytes_ - written_);
}

absl::Status FileStore::Upload::Write(absl::string_view bytes) {
  if (static_cast<int64_t>(bytes.size()) > bytes_ - written_) {
    return absl::InvalidArgumentError(absl::StrCat("the file was said to have ", bytes_, " bytes, but more came"));
  }
  digest_.Update(bytes);
  while (!bytes.empty()) {
    const ssize_t done = write(descriptor_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return DiskError(path_, errno);
    bytes.remove_prefix(static_cast<size_t>(done));
    written_ += done;
    store_.NeedLess(done);
  }
  return absl::OkStatus();
}

absl::Status FileStore::Upload::Finish(const std::string& client, absl::Duration now) {
  if (written_ != bytes_) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file broke off after ", written_, " of ", bytes_, " bytes; nothing of it was kept"));
  }
  const std::string found = absl::BytesToHexString(digest_.Finish());
  if (found != sha256_) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file's SHA-256 was said to be ", sha256_, ", but is ", found, "; nothing of it was kept"));
  }
  if (fsync(descriptor_) != 0) return DiskError(path_, errno);
  const std::string path = store_.PathOf(sha256_);
  absl::MutexLock lock(&store_.mutex_);
  if (rename(path_.c_str(), path.c_str()) != 0) return DiskError(path, errno);
  if (!SyncFolder(store_.folder_)) return DiskError(store_.folder_, errno);
  store_.AddClaim(sha256_, client, now);
  return absl::OkStatus();
}

bool FileStore::Claim(const std::string& sha256, const std::string& client, absl::Duration now) {
  absl::MutexLock lock(&mutex_);
  if (access(PathOf(sha256).c_str(), R_OK) != 0) return false;
  AddClaim(sha256, client, now);
  return true;
}

void FileStore::AddClaim(const std::string& sha256, const std::string& client, absl::Duration now) {
  ForgetExpired(now);
  interests_[{sha256, client}].until = now + kClaimLasts;
}

void FileStore::ForgetExpired(absl::Duration now) {
  for (auto it = interests_.begin(); it != interests_.end();) {
    it = it->second.held == 0 && it->second.until <= now ? interests_.erase(it) : std::next(it);
  }
}

void FileStore::Hold(const std::string& sha256, const std::string& client) {
  absl::MutexLock lock(&mutex_);
  ++interests_[{sha256, client}].held;
}

void FileStore::Release(const std::string& sha256, const std::string& client) {
  absl::MutexLock lock(&mutex_);
  const auto it = interests_.find({sha256, client});
  if (it != interests_.end() && it->second.held > 0 && --it->second.held == 0) interests_.erase(it);
}

std::set<std::string> FileStore::Claimed(absl::Duration now) {
  absl::MutexLock lock(&mutex_);
  return ClaimedNow(now);
}

std::set<std::string> FileStore::ClaimedNow(absl::Duration now) {
  ForgetExpired(now);
  std::set<std::string> claimed;
  for (const auto& [key, interest] : interests_) claimed.insert(key.first);
  return claimed;
}

int FileStore::Sweep(const std::set<std::string>& named, absl::Duration now) {
  absl::MutexLock lock(&mutex_);
  std::set<std::string> wanted = ClaimedNow(now);
  wanted.insert(named.begin(), named.end());
  int removed = 0;
  for (const std::string& name : NamesIn(folder_)) {
    if (!IsSha256(name) || wanted.contains(name)) continue;
    removed += unlink(absl::StrCat(folder_, "/", name).c_str()) == 0 ? 1 : 0;
  }
  return removed;
}

}  // namespace parzen
