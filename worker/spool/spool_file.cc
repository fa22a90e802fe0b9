#include "worker/spool/spool_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr size_t kHeader = 8;

absl::Status Failed(absl::string_view what, const std::string& path) {
  return absl::InternalError(absl::StrCat("cannot ", what, " \"", path, "\": ", std::strerror(errno)));
}

void AppendNumber(uint32_t number, std::string& bytes) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(number >> (8 * i)));
}

uint32_t NumberAt(absl::string_view bytes, size_t position) {
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number |= uint32_t{static_cast<unsigned char>(bytes[position + i])} << (8 * i);
  return number;
}

uint32_t Checksum(absl::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

std::string Framed(const SpoolEntry& entry) {
  const std::string body = entry.SerializeAsString();
  std::string bytes;
  AppendNumber(static_cast<uint32_t>(body.size()), bytes);
  AppendNumber(Checksum(body), bytes);
  return bytes + body;
}

bool WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

SpoolFile::Contents Understand(absl::string_view bytes) {
  SpoolFile::Contents contents;
  while (bytes.size() >= kHeader) {
    const size_t size = NumberAt(bytes, 0);
    if (size > bytes.size() - kHeader) break;  // written in part, or damage that looks like it
    const absl::string_view body = bytes.substr(kHeader, size);
    SpoolEntry entry;
    contents.damaged = Checksum(body) != NumberAt(bytes, 4) ||
                       !entry.ParseFromArray(body.data(), static_cast<int>(body.size())) ||
                       entry.kind_case() == SpoolEntry::KIND_NOT_SET;
    if (contents.damaged) break;
    if (entry.has_delivered()) {
      contents.ends.erase(entry.delivered().token());
    } else {
      const std::string token = entry.end().lease().token();
      contents.ends[token] = std::move(entry);
    }
    bytes.remove_prefix(kHeader + size);
  }
  return contents;
}

}  // namespace

absl::StatusOr<SpoolFile> SpoolFile::Create(const std::string& path) {
  for (;;) {
    FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600));
    if (!file.is_open()) return Failed("make", path);
    if (flock(file.get(), LOCK_EX) != 0) return Failed("lock", path);
    SpoolFile made(path, std::move(file), 0);
    if (made.IsThere()) return made;
    // Somebody who looks for abandoned files had the lock first, found nothing in it and removed it.
  }
}

absl::StatusOr<std::optional<SpoolFile>> SpoolFile::OpenAbandoned(const std::string& path) {
  FileDescriptor file(open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open() && errno == ENOENT) return std::nullopt;
  if (!file.is_open()) return Failed("open", path);
  struct stat status = {};
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  if (fstat(file.get(), &status) != 0) return Failed("open", path);
  if (status.st_nlink == 0) return std::nullopt;
  return SpoolFile(path, std::move(file), status.st_size);
}

bool SpoolFile::IsThere() const {
  struct stat status = {};
  return fstat(file_.get(), &status) == 0 && status.st_nlink > 0;
}

absl::StatusOr<SpoolFile::Contents> SpoolFile::Read() const {
  if (bytes_ > kLargest) return Contents{.ends = {}, .damaged = true};
  std::string bytes(static_cast<size_t>(bytes_), '\0');
  for (size_t read = 0; read < bytes.size();) {
    const ssize_t count = pread(file_.get(), bytes.data() + read, bytes.size() - read, static_cast<off_t>(read));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("read", path_);
    if (count == 0) bytes.resize(read);
    read += static_cast<size_t>(count);
  }
  return Understand(bytes);
}

absl::Status SpoolFile::Append(const SpoolEntry& entry) {
  const std::string bytes = Framed(entry);
  if (!WriteAll(file_.get(), bytes)) {
    const absl::Status status = Failed("write", path_);
    (void)!ftruncate(file_.get(), bytes_);
    return status;
  }
  bytes_ += static_cast<int64_t>(bytes.size());
  return absl::OkStatus();
}

absl::Status SpoolFile::Replace(const Ends& ends) {
  const std::string path = path_ + ".new";
  unlink(path.c_str());  // of a process that died here
  ASSIGN_OR_RETURN(SpoolFile replacement, Create(path));
  absl::Status status;
  for (const auto& [token, entry] : ends) status.Update(replacement.Append(entry));
  if (status.ok() && rename(path.c_str(), path_.c_str()) != 0) status = Failed("rename", path);
  if (!status.ok()) {
    unlink(path.c_str());
    return status;
  }
  replacement.path_ = path_;
  *this = std::move(replacement);
  return absl::OkStatus();
}

absl::Status SpoolFile::Clear() {
  if (ftruncate(file_.get(), 0) != 0) return Failed("empty", path_);
  bytes_ = 0;
  return absl::OkStatus();
}

void SpoolFile::Remove() { unlink(path_.c_str()); }

std::string SpoolFile::SetAside() {
  std::string aside = path_ + ".damaged";
  return rename(path_.c_str(), aside.c_str()) == 0 ? aside : path_;
}

}  // namespace parzen
