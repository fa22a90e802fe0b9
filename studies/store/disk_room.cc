#include "studies/store/disk_room.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

constexpr size_t kRoom = 1 << 20;
// What SQLite lets a log grow to when nobody holds it up.
constexpr int64_t kLargeLog = 4 << 20;

}  // namespace

bool HasRoom(const std::string& path) {
  std::string name = absl::StrCat(path, ".room-XXXXXX");
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return false;
  unlink(name.c_str());
  const std::string block(1 << 16, '\0');
  bool written = true;
  for (size_t bytes = 0; written && bytes < kRoom; bytes += block.size()) {
    written = write(descriptor, block.data(), block.size()) == static_cast<ssize_t>(block.size());
  }
  // Some file systems find out only now.
  written = written && fsync(descriptor) == 0;
  close(descriptor);
  return written;
}

int64_t FreeBytes(const std::string& path) {
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  struct statvfs disk;
  if (statvfs(folder.c_str(), &disk) != 0) return -1;
  return static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
}

int64_t FileBytes(const std::string& path) {
  struct stat file;
  return stat(path.c_str(), &file) == 0 ? static_cast<int64_t>(file.st_size) : 0;
}

absl::Status DrainLog(Database& database) {
  if (FileBytes(absl::StrCat(database.path(), "-wal")) < kLargeLog) return absl::OkStatus();
  return database.Execute("PRAGMA wal_checkpoint(PASSIVE)");
}

}  // namespace parzen
