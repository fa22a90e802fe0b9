#include "studies/store/database_copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

void RemoveWithLogs(const std::string& path) {
  for (const char* const suffix : {"", "-journal", "-wal", "-shm"}) unlink(absl::StrCat(path, suffix).c_str());
}

// Of a file or a folder.
absl::Status Sync(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  return synced ? absl::OkStatus() : absl::ErrnoToStatus(error, absl::StrCat(path, ": cannot be synced"));
}

}  // namespace

absl::Status CopyDatabase(Database& from, const std::string& to) {
  RemoveWithLogs(to);
  absl::Cleanup remove = [&] { RemoveWithLogs(to); };
  {
    ASSIGN_OR_RETURN(Database copy, Database::Open(to, Database::Mode::kCreate));
    RETURN_IF_ERROR(from.CopyTo(copy, {}));
  }
  RETURN_IF_ERROR(Sync(to));
  std::move(remove).Cancel();
  return absl::OkStatus();
}

absl::Status PutInPlace(const std::string& file, const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) return absl::AlreadyExistsError(absl::StrCat(path, " is there again"));
  for (const char* const suffix : {"-wal", "-shm"}) unlink(absl::StrCat(path, suffix).c_str());
  if (renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot rename ", file, " to ", path));
  }
  return Sync(std::filesystem::path(path).parent_path());
}

}  // namespace parzen
