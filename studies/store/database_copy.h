// A database written to another file while it is in use, by SQLite's backup API: one moment of it, whole and synced.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "studies/store/sqlite.h"

namespace parzen {

// Writes what `from` holds to the file `to`, replacing one that is there; on an error nothing is left of it. Works also
// when the file of `from` has been deleted. Requires: no transaction is open on `from`. Errors: as store.h.
absl::Status CopyDatabase(Database& from, const std::string& to);

// Gives `file` the name `path`, which must be free, for good: the name survives a power cut. What an earlier database
// left at PATH-wal and PATH-shm is removed. AlreadyExists: `path` is taken; nothing was changed.
absl::Status PutInPlace(const std::string& file, const std::string& path);

}  // namespace parzen
