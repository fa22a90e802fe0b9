#include "worker/datasets/data_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr absl::string_view kGzipMagic("\x1f\x8b", 2);
// zlib counts a call's bytes in 32 bits.
constexpr size_t kLargestStep = size_t{1} << 30;

absl::Status OpenError(const std::string& path, int error) {
  if (error != ENOENT && error != ENOTDIR) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read: ", std::strerror(error)));
  }
  return absl::NotFoundError(absl::StrCat(
      path, ": there is no such file",
      absl::StartsWith(path, "/") ? "" : " (a relative path, looked up in the folder the process was started in)"));
}

absl::Status TooLarge(const std::string& path, absl::string_view what, int64_t max_bytes) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", what, " more than ", max_bytes, " bytes, the largest dataset file that is read"));
}

absl::StatusOr<std::string> ReadBytes(const std::string& path, int64_t max_bytes) {
  if (path.empty()) return absl::InvalidArgumentError("a dataset file has an empty name; name a file");
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not block before it is refused
  if (file < 0) return OpenError(path, errno);
  const auto close_file = absl::MakeCleanup([file] { close(file); });
  struct stat info;
  if (fstat(file, &info) != 0) return OpenError(path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is ", S_ISDIR(info.st_mode) ? "a folder" : "not a regular file", "; name a data file"));
  }
  if (info.st_size > max_bytes) return TooLarge(path, "has", max_bytes);
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t used = 0;
  while (used < bytes.size()) {
    const ssize_t got = read(file, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return OpenError(path, errno);
    if (got == 0) break;  // the file became shorter; what is missing shows in its format
    used += static_cast<size_t>(got);
  }
  bytes.resize(used);
  return bytes;
}

// Unpacks the members of a gzip file one after the other into one string.
class Gunzip {
 public:
  Gunzip(const std::string& path, absl::string_view packed, int64_t max_bytes)
      : path_(path), packed_(packed), max_bytes_(static_cast<size_t>(max_bytes)) {}
  ~Gunzip() { inflateEnd(&zlib_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  absl::StatusOr<std::string> Run() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&zlib_, kGzipOnly) != Z_OK) return OutOfMemory();
    while (true) {
      if (used_ == bytes_.size()) Grow();
      const int code = Step();
      if (used_ > max_bytes_) return TooLarge(path_, "unpacks to", static_cast<int64_t>(max_bytes_));
      if (code == Z_STREAM_END) {
        if (read_ == packed_.size()) break;
        RETURN_IF_ERROR(StartNextMember());
      } else if (code == Z_MEM_ERROR) {
        return OutOfMemory();
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return Corrupt();
      } else if (read_ == packed_.size() && used_ < bytes_.size()) {
        return Truncated();
      }
    }
    bytes_.resize(used_);
    return std::move(bytes_);
  }

 private:
  // Room for one byte more than allowed, so that a file of exactly the limit passes and the next byte shows.
  void Grow() { bytes_.resize(std::min(std::max(2 * bytes_.size(), 4 * packed_.size() + 4096), max_bytes_ + 1)); }

  int Step() {
    const size_t in = std::min(packed_.size() - read_, kLargestStep);
    const size_t out = std::min(bytes_.size() - used_, kLargestStep);
    zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed_.data() + read_));
    zlib_.avail_in = static_cast<uInt>(in);
    zlib_.next_out = reinterpret_cast<Bytef*>(bytes_.data() + used_);
    zlib_.avail_out = static_cast<uInt>(out);
    const int code = inflate(&zlib_, Z_NO_FLUSH);
    read_ += in - zlib_.avail_in;
    used_ += out - zlib_.avail_out;
    return code;
  }

  absl::Status StartNextMember() {
    if (!absl::StartsWith(packed_.substr(read_), kGzipMagic)) {
      return absl::InvalidArgumentError(absl::StrCat(
          path_, ": ", packed_.size() - read_, " bytes that are not gzip follow the end of the gzip data at byte ",
          read_, "; cut them off or fetch the file again"));
    }
    inflateReset(&zlib_);
    return absl::OkStatus();
  }

  absl::Status Truncated() const {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": truncated gzip: the file ends at byte ", read_,
                                                   ", before the end of its data (", used_,
                                                   " bytes unpacked so far); fetch the file again"));
  }
  absl::Status Corrupt() const {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": corrupt gzip at byte ", read_, ": ",
                                                   zlib_.msg == nullptr ? "bad data" : zlib_.msg,
                                                   "; fetch the file again"));
  }
  absl::Status OutOfMemory() const {
    return absl::ResourceExhaustedError(absl::StrCat(path_, ": no memory to unpack it"));
  }

  const std::string& path_;
  const absl::string_view packed_;
  const size_t max_bytes_;
  z_stream zlib_ = {};
  std::string bytes_;
  size_t read_ = 0;  // of packed_
  size_t used_ = 0;  // of bytes_
};

}  // namespace

absl::StatusOr<std::string> ReadDataFile(const std::string& path, int64_t max_bytes) {
  ASSIGN_OR_RETURN(std::string bytes, ReadBytes(path, max_bytes));
  if (!absl::StartsWith(bytes, kGzipMagic)) return bytes;
  return Gunzip(path, bytes, max_bytes).Run();
}

}  // namespace parzen
