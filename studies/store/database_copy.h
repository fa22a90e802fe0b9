// A database written to another file while it is in use, by SQLite's backup API: one moment of it, whole and synced.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "studies/store/sqlite.h"

namespace parzen {

// Pages done and pages there are; an error ends the copy.
using CopyProgress = std::function<absl::Status(int64_t done, int64_t all)>;

// Writes what `from` holds to the file `to`, replacing one that is there: one plain file, no log beside it. On an error
// nothing is left of it. Works also when the file of `from` has been deleted. Requires: no transaction is open on
// `from`. Errors: as store.h.
absl::Status CopyDatabase(Database& from, const std::string& to, const CopyProgress& progress = nullptr);

// A file or a folder, to the disk.
absl::Status SyncFile(const std::string& path);

// Also what SQLite may have put beside it.
void RemoveDatabase(const std::string& path);

// Gives `file` the name `path` for good: the name survives a power cut. AlreadyExists: `path` is taken, even if only
// since a moment ago, and `overwrite` is false; nothing was changed.
absl::Status GiveName(const std::string& file, const std::string& path, bool overwrite);

// GiveName without overwriting, where an earlier database was: what it left at PATH-wal and PATH-shm is removed.
absl::Status PutInPlace(const std::string& file, const std::string& path);

}  // namespace parzen
