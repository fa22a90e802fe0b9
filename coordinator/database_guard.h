// Watches that the database the coordinator writes is still the file at its path, which SQLite does not.
//
//   moved away   nothing is handed out or acknowledged until it is back
//   replaced     the same; nothing is written into the other file. When ours has no name any more, what it holds is
//   kept
//                beside it as PATH.rescued
//   its log gone moved away: as above; deleted: what was in it is brought into the file, and a new one is begun
//   deleted      it is written again at its path, whole, from the open connection, and work goes on
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
  // Locks the file of `store` (borrowed; destroyed before the guard). Errors as FileLock::Acquire.
  static absl::StatusOr<std::unique_ptr<DatabaseGuard>> Create(Store& store);
  // Called after the store has been opened again on a new file: others do so too.
  void set_on_reopen(std::function<absl::Status()> on_reopen) { on_reopen_ = std::move(on_reopen); }

  // OK: what was committed is in the file at the path, and stays when the process ends. Else Unavailable, with what
  // happened and what to do; or why the file could not be written again. Requires: no transaction is open.
  absl::Status Check();

 private:
  DatabaseGuard(Store& store, FileLock lock, FileIdentity identity)
      : store_(store), lock_(std::move(lock)), identity_(std::move(identity)) {}

  void FindLog();
  absl::Status CheckLog();
  absl::Status WriteAgain();
  absl::Status Reopen();
  absl::Status Replaced();

  Store& store_;
  FileLock lock_;
  FileIdentity identity_;
  std::optional<FileIdentity> log_;  // PATH-wal
  std::function<absl::Status()> on_reopen_;
  bool reopen_ = false;  // the file at the path is ours and new; connections still have the old one
  std::string rescued_;  // where what had no name any more was kept; "" before
};

}  // namespace parzen
