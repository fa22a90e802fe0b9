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

// Of `file`, if the new name is free. Not every file system (NFS) can rename so.
bool RenameToFreeName(const char* file, const char* path) {
  if (renameat2(AT_FDCWD, file, AT_FDCWD, path, RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  return link(file, path) == 0 && unlink(file) == 0;
}

}  // namespace

absl::Status SyncFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  return synced ? absl::OkStatus() : absl::ErrnoToStatus(error, absl::StrCat(path, ": cannot be synced"));
}

void RemoveDatabase(const std::string& path) {
  for (const char* const suffix : {"", "-journal", "-wal", "-shm"}) unlink(absl::StrCat(path, suffix).c_str());
}

absl::Status CopyDatabase(Database& from, const std::string& to, const CopyProgress& progress) {
  RemoveDatabase(to);
  absl::Cleanup remove = [&] { RemoveDatabase(to); };
  {
    ASSIGN_OR_RETURN(Database copy, Database::Open(to, Database::Mode::kCreate));
    RETURN_IF_ERROR(from.CopyTo(copy, progress));
    RETURN_IF_ERROR(copy.Execute("PRAGMA journal_mode = DELETE"));
  }
  RETURN_IF_ERROR(SyncFile(to));
  std::move(remove).Cancel();
  return absl::OkStatus();
}

absl::Status GiveName(const std::string& file, const std::string& path, bool overwrite) {
  const bool renamed =
      overwrite ? rename(file.c_str(), path.c_str()) == 0 : RenameToFreeName(file.c_str(), path.c_str());
  if (!renamed) return absl::ErrnoToStatus(errno, absl::StrCat("cannot rename ", file, " to ", path));
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return SyncFile(folder.empty() ? "." : folder.string());
}

absl::Status PutInPlace(const std::string& file, const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) return absl::AlreadyExistsError(absl::StrCat(path, " is there again"));
  for (const char* const suffix : {"-wal", "-shm"}) unlink(absl::StrCat(path, suffix).c_str());
  return GiveName(file, path, /*overwrite=*/false);
}

}  // namespace parzen
