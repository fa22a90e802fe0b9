// Watches that the database the coordinator writes is still the file at its path, with its log and the index of that
// (PATH-wal, PATH-shm), which SQLite does not.
//
//   moved away   nothing is handed out or acknowledged until it is back; what was only in its log is brought into it
//   replaced     the same; nothing is written into the other file. When ours has no name any more, what it holds is
//                kept beside it as PATH.rescued
//   a log gone   moved away: as above; deleted: what was in it is brought into the file, and new ones are begun, once
//                no other program goes on with the old ones
//   deleted      it is written again at its path, whole, from the open connection, and work goes on
// Each of them can happen while no connection is open, in the middle of Reopen (a folder is deleted file by file): the
// file is held by its descriptor then, and everything is in it, but for what other programs keep open in its log.
//
// Owns the locks of the file. Threads: Check is called by the commit loop alone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/file_lock.h"
#include "studies/store/file_identity.h"
#include "studies/store/store.h"

namespace parzen {

class DatabaseGuard {
 public:
  using Reopening = std::function<absl::Status()>;

  // `lock` is the one under which `store` was opened (borrowed; destroyed before the guard). Errors as FileLock.
  static absl::StatusOr<std::unique_ptr<DatabaseGuard>> Create(Store& store, FileLock lock);
  // For the other connections of this process: `around` is to close them, call what it is given, which closes the store
  // and opens it again, and then open them. SQLite shares one PATH-shm among all connections of a process, so that as
  // long as one is open, each new one gets the file that was deleted.
  void set_around_reopen(std::function<absl::Status(const Reopening& reopen)> around) { around_reopen_ = around; }

  // OK: what was committed is in the file at the path, and stays when the process ends. Else Unavailable, with what
  // happened and what to do; or why the file could not be written again. The store may be closed then: it is not to be
  // used before a later Check is OK. Requires: no transaction is open.
  absl::Status Check();

 private:
  DatabaseGuard(Store& store, FileLock lock, FileIdentity identity)
      : store_(store), lock_(std::move(lock)), identity_(std::move(identity)) {}

  // Whether both logs are there.
  bool FindLogs();
  absl::Status CheckLogs();
  absl::Status BeginNewLogs(const std::string& lost);
  // Whether everything is in the database file now.
  absl::StatusOr<bool> Checkpoint();
  absl::Status MovedAway();
  absl::Status WriteAgain();
  absl::Status Replaced();
  // Closes all connections, then opens all. `before_close` runs when the store's is the only one left.
  absl::Status Reopen(const Reopening& before_close = nullptr);
  absl::Status OpenStore();
  // All that was committed, as one file.
  absl::Status CopyTo(const std::string& path);

  Store& store_;
  FileLock lock_;
  FileIdentity identity_;
  std::optional<FileIdentity> log_;        // PATH-wal
  std::optional<FileIdentity> log_index_;  // PATH-shm
  std::function<absl::Status(const Reopening& reopen)> around_reopen_;
  bool closed_ = false;        // the store is: opening it again failed
  bool reopen_ = false;        // connections know an older state of the file, or are closed
  bool is_whole_ = false;      // of a file that was moved away: nothing is missing in it
  bool needs_rescue_ = false;  // the open connection alone has what was in the file
  std::string rescued_;        // where what had no name any more was kept; "" before
};

}  // namespace parzen
