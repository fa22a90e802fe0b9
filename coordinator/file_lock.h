// At most one coordinator writes a study file: advisory locks that the operating system releases when the process ends,
// however it ends. One is on FILE.lock, which also says who holds it and stays behind, empty of meaning. The other is
// on a byte of the file itself far beyond its end, so that neither a hard link nor a deleted FILE.lock lets a second
// coordinator in; where a file system has no such locks, the first has to do. Threads: externally synchronised.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace parzen {

// Which coordinator has the file, "host NAME, pid N"; "" when none has, or where that cannot be told. Takes no lock.
// Requires: this process has no connection to the file; SQLite's locks would be gone.
std::string CoordinatorOf(const std::string& file);

class FileLock {
 public:
  // Before anything opens the file, which may yet have to be made: LockFile is due once it is there. Aborted: another
  // process holds it; says which host and pid. NotFound, PermissionDenied: FILE.lock cannot be made. Destroy it after
  // all connections to the file: its end drops SQLite's locks on it.
  static absl::StatusOr<FileLock> Acquire(const std::string& file);
  // Does nothing when the file was there already. Errors as Acquire.
  absl::Status LockFile();

  // `copy` is about to get the name of the file, which has been deleted: locks it instead. Errors as Acquire; the lock
  // then stays as it was.
  absl::Status MoveTo(const std::string& copy);

  // Whether no other process has the database open; if so, none can open it until LetOthersIn (SQLite waits for 5 s,
  // then says that it is locked). Meanwhile this process may close connections, but not open any: SQLite's lock would
  // wait for ours. True where a file system has no such locks.
  bool KeepOthersOut() const;
  void LetOthersIn() const;

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(std::string path) : path_(std::move(path)) {}

  std::string path_;  // of the file, without symbolic links
  int beside_ = -1;   // FILE.lock
  int inside_ = -1;   // the file
};

}  // namespace parzen
