// The disk space around a database: whether there is any left to go on with, and what its log takes of it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "studies/store/sqlite.h"

namespace parzen {

// Whether the disk takes another MiB beside `path`; tried, because quotas and limits are in no statistics. What was
// written for it is gone afterwards. After a disk was full: going on with less would stop again at once.
bool HasRoom(const std::string& path);

// Moves what is in a large log (PATH-wal) into the database, as far as nobody reads an older state; waits for nobody.
// The next commit then starts the log anew, and gives its space back. Requires: no transaction is open.
absl::Status DrainLog(Database& database);

}  // namespace parzen
