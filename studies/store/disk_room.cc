#include "studies/store/disk_room.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

constexpr size_t kRoom = 1 << 20;
// What SQLite lets a log grow to when nobody holds it up.
constexpr off_t kLargeLog = 4 << 20;

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

absl::Status DrainLog(Database& database) {
  struct stat log;
  if (stat(absl::StrCat(database.path(), "-wal").c_str(), &log) != 0 || log.st_size < kLargeLog) {
    return absl::OkStatus();
  }
  return database.Execute("PRAGMA wal_checkpoint(PASSIVE)");
}

}  // namespace parzen
