// The tables, triggers and views of a study database, and the checks on a file that claims to be one.
//
// Optuna's part is what Optuna 3.2 to 5 make themselves (schema 12, alembic v3.2.0.a), word for word; ours stands
// beside it under names that begin with parzen_, so Optuna neither sees nor touches it. Some of our objects do hang on
// Optuna's tables: indexes that make the next trial's number and the unfinished trials cheap, and triggers that take
// our rows away with a study or trial that anyone deletes (SQLite gives their ids to later rows, which must not inherit
// them). Threads: functions use the Database they are given and nothing else.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "studies/store/sqlite.h"

namespace parzen {

// Version of the parzen_* part, counted up by every change of it.
inline constexpr int kParzenSchemaVersion = 5;

enum class FileContent {
  kEmpty,   // no table at all
  kOptuna,  // Optuna's tables alone
  kOlder,   // and ours, of an earlier version
  kParzen,  // and ours
};

// What the database holds. FailedPrecondition when it is nothing this program can use: no SQLite file, other tables,
// another version of Optuna's schema or a newer one of ours. The message says which, and what would be right.
absl::StatusOr<FileContent> InspectSchema(Database& database);

// Makes everything that is missing or of an earlier version, in one transaction, after looking again inside it:
// processes that do this at once on one file end with the same tables. Switches the file to write-ahead logging. Errors
// as InspectSchema and sqlite.h.
absl::Status PrepareForWriting(Database& database);

}  // namespace parzen
