// Looking after a study database: is it sound, a copy while it is in use, giving back unused room.
//
// Pure functions over a Database, which Store need not have opened: they work on files of earlier versions too.
// Threads: as Database. Errors: as store.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "studies/store/database_copy.h"
#include "studies/store/sqlite.h"

namespace parzen {

// What the coordinator does before it trusts a file: SQLite's quick_check, which reads every page once. It takes 0.3 s
// of processor for 100,000 trials (200 MB); larger files than this are left to CheckDatabase, so that a coordinator
// starts within a second. A file that was cut short is noticed at any size. DataLoss says what to do.
inline constexpr int64_t kMaxQuickCheckBytes = 512 << 20;
absl::Status CheckNotDamaged(Database& database);

// One thing that was looked at, all over the file.
struct CheckedPart {
  std::string name;                   // "numbers of trials"
  int64_t looked_at = 0;              // how many there are
  int64_t wrong = 0;                  // how many of them are wrong
  std::vector<std::string> problems;  // the first kMaxToldProblems of those
};
inline constexpr int64_t kMaxToldProblems = 10;

// Everything: pages and indexes, Optuna's tables, rows that belong to nothing, and what Optuna or Parzen would stumble
// over. A page that cannot be read ends it early: then "pages" is the only part.
absl::StatusOr<std::vector<CheckedPart>> CheckDatabase(Database& database);

// Writes a copy as of one moment, while others write to the database: one plain file (no write-ahead log beside it),
// checked and on disk when this returns. It has its name only once it is whole; nothing is left behind otherwise.
// AlreadyExists when `path` is there, unless `overwrite`.
absl::Status BackUp(Database& database, const std::string& path, bool overwrite, const CopyProgress& progress);

struct Vacuumed {
  int64_t bytes_before = 0;
  int64_t bytes_after = 0;
};
// Rewrites the file without unused room. Unavailable while another writer holds it.
absl::StatusOr<Vacuumed> Vacuum(Database& database);

}  // namespace parzen
