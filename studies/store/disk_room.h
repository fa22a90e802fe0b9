// The disk space around a database: whether there is any left to go on with, and what its log takes of it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "studies/store/sqlite.h"

namespace parzen {

// Whether the disk takes another MiB beside `path`; tried, because quotas and limits are in no statistics. What was
// written for it is gone afterwards. After a disk was full: going on with less would stop again at once.
bool HasRoom(const std::string& path);

// Bytes that are free for this user on the disk of `path`, which need not exist; -1 when that cannot be told.
int64_t FreeBytes(const std::string& path);
// The size of a file; 0 when it is not there.
int64_t FileBytes(const std::string& path);

// Moves what is in a large log (PATH-wal) into the database, as far as nobody reads an older state; waits for nobody.
// The next commit then starts the log anew, and gives its space back. Requires: no transaction is open.
absl::Status DrainLog(Database& database);

}  // namespace parzen
