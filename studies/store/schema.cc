#include "studies/store/schema.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "studies/store/schema_sql.h"

namespace parzen {
namespace {

constexpr char kAlembicVersion[] = "v3.2.0.a";
constexpr int64_t kOptunaSchemaVersion = 12;
const std::set<absl::string_view> kOlderAlembicVersions = {"v0.9.0.a", "v1.2.0.a", "v1.3.0.a", "v2.4.0.a", "v2.6.0.a",
                                                           "v3.0.0.a", "v3.0.0.b", "v3.0.0.c", "v3.0.0.d"};

// The tables without which a file is not Optuna's. Optuna itself adds the others when they are missing.
constexpr const char* kOptunaTables[] = {
    "studies",      "study_directions", "study_system_attributes",   "trials",
    "trial_params", "trial_values",     "trial_intermediate_values", "trial_user_attributes",
};

absl::StatusOr<std::set<std::string>> TableNames(Database& database) {
  std::set<std::string> names;
  ASSIGN_OR_RETURN(
      Statement & query,
      database.Prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"));
  RETURN_IF_ERROR(query.ForEach([&] {
    names.insert(query.Text(0));
    return absl::OkStatus();
  }));
  return names;
}

// The first column of the first row, as text; "" without a row.
absl::StatusOr<std::string> FirstText(Database& database, absl::string_view sql) {
  ASSIGN_OR_RETURN(Statement & query, database.Prepare(sql));
  std::string text;
  RETURN_IF_ERROR(query.ForEach([&] {
    if (text.empty()) text = query.Text(0);
    return absl::OkStatus();
  }));
  return text;
}

// As Optuna decides it: the alembic row counts; without one, the schema's number.
absl::Status CheckOptunaVersion(Database& database, const std::set<std::string>& tables) {
  std::string alembic;
  if (tables.contains("alembic_version")) {
    ASSIGN_OR_RETURN(alembic, FirstText(database, "SELECT version_num FROM alembic_version"));
  }
  if (alembic == kAlembicVersion) return absl::OkStatus();
  std::string schema;
  if (alembic.empty() && tables.contains("version_info")) {
    ASSIGN_OR_RETURN(schema, FirstText(database, "SELECT schema_version FROM version_info"));
  }
  if (alembic.empty() && (schema.empty() || schema == absl::StrCat(kOptunaSchemaVersion))) return absl::OkStatus();
  int64_t number = 0;
  const bool older = alembic.empty() ? absl::SimpleAtoi(schema, &number) && number < kOptunaSchemaVersion
                                     : kOlderAlembicVersions.contains(alembic);
  return absl::FailedPreconditionError(absl::StrCat(
      database.path(), " holds Optuna's schema ", alembic.empty() ? schema : alembic, ", and ",
      alembic.empty() ? absl::StrCat(kOptunaSchemaVersion) : kAlembicVersion, " (Optuna 3.2 to 5) is needed; ",
      older ? "bring it there with `optuna storage upgrade`" : "it comes from a newer Optuna, or from another program",
      "; or choose another --db"));
}

absl::StatusOr<FileContent> CheckParzenVersion(Database& database) {
  ASSIGN_OR_RETURN(const std::string version, FirstText(database, "SELECT max(schema_version) FROM parzen_version"));
  int64_t number = 0;
  if (absl::SimpleAtoi(version, &number) && number >= 1 && number <= kParzenSchemaVersion) {
    return number == kParzenSchemaVersion ? FileContent::kParzen : FileContent::kOlder;
  }
  return absl::FailedPreconditionError(absl::StrCat(database.path(), " was written by a newer parzen (schema ",
                                                    version.empty() ? "unknown" : version, "; this one knows up to ",
                                                    kParzenSchemaVersion, "); use that one, or choose another --db"));
}

// SQLite does not wait its busy timeout when two connections switch at once, so the waiting is done here.
absl::Status SwitchToWriteAheadLog(Database& database) {
  constexpr int kTries = 500;
  constexpr absl::Duration kPause = absl::Milliseconds(10);
  absl::StatusOr<std::string> mode;
  for (int i = 0; i < kTries; ++i) {
    mode = FirstText(database, "PRAGMA journal_mode = WAL");
    if (!absl::IsUnavailable(mode.status())) break;
    absl::SleepFor(kPause);
  }
  RETURN_IF_ERROR(mode.status());
  if (*mode == "wal" || *mode == "memory") return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(database.path(), ": its file system cannot do write-ahead logging (journal_mode stays ", *mode,
                   "); put the database on a local disk"));
}

// Brings our tables from an earlier version to this one. What is only added (tables, indexes) needs no step here.
absl::Status Migrate(Database& database) {
  ASSIGN_OR_RETURN(const std::string text, FirstText(database, "SELECT max(schema_version) FROM parzen_version"));
  int64_t version = 0;
  if (!absl::SimpleAtoi(text, &version)) return absl::InternalError("parzen_version holds no number");
  for (const ParzenMigration& migration : ParzenMigrations()) {
    if (migration.to > version) RETURN_IF_ERROR(database.Execute(migration.sql));
  }
  return absl::OkStatus();
}

absl::Status CreateMissing(Database& database) {
  // Another process may have been here since the first look.
  ASSIGN_OR_RETURN(const FileContent content, InspectSchema(database));
  if (content == FileContent::kParzen) return absl::OkStatus();
  if (content == FileContent::kOlder) RETURN_IF_ERROR(Migrate(database));
  for (const std::string& sql :
       {std::string(kOptunaSchemaSql), std::string(kOptunaVersionSql), std::string(kParzenTablesSql),
        std::string(kParzenTriggersSql), std::string(kDropParzenViewsSql), ParzenViewsSql()}) {
    RETURN_IF_ERROR(database.Execute(sql));
  }
  return database.Execute(absl::StrCat("INSERT OR REPLACE INTO parzen_version (id, schema_version) VALUES (1, ",
                                       kParzenSchemaVersion, ")"));
}

}  // namespace

absl::StatusOr<FileContent> InspectSchema(Database& database) {
  const Snapshot snapshot(database);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const std::set<std::string> tables, TableNames(database));
  if (tables.empty()) return FileContent::kEmpty;
  for (const char* const table : kOptunaTables) {
    if (!tables.contains(table)) {
      return absl::FailedPreconditionError(absl::StrCat(database.path(), " holds other tables (", *tables.begin(),
                                                        ", but no ", table, "); choose another --db"));
    }
  }
  RETURN_IF_ERROR(CheckOptunaVersion(database, tables));
  if (!tables.contains("parzen_version")) return FileContent::kOptuna;
  return CheckParzenVersion(database);
}

absl::Status PrepareForWriting(Database& database) {
  // Before anything is changed: a file that is not ours stays as it is.
  ASSIGN_OR_RETURN(const FileContent content, InspectSchema(database));
  RETURN_IF_ERROR(SwitchToWriteAheadLog(database));
  // What a long reader made the log grow to is given back once it has ended.
  RETURN_IF_ERROR(database.Execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304"));
  if (content == FileContent::kParzen) return absl::OkStatus();
  RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  absl::Status status = CreateMissing(database);
  if (status.ok()) status = database.Execute("COMMIT");
  if (!status.ok() && database.InTransaction()) database.Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace parzen
