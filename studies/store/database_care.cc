#include "studies/store/database_care.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

absl::StatusOr<int64_t> Number(Database& database, absl::string_view sql) {
  int64_t number = 0;
  ASSIGN_OR_RETURN(Statement & query, database.Prepare(sql));
  RETURN_IF_ERROR(query.ForEach([&] {
    number = query.Int(0);
    return absl::OkStatus();
  }));
  return number;
}

// Of everything that has been committed, in the log or not.
absl::StatusOr<int64_t> SizeInBytes(Database& database) {
  ASSIGN_OR_RETURN(const int64_t pages, Number(database, "PRAGMA page_count"));
  ASSIGN_OR_RETURN(const int64_t page, Number(database, "PRAGMA page_size"));
  return pages * page;
}

}  // namespace

absl::Status CheckNotDamaged(Database& database) {
  ASSIGN_OR_RETURN(const int64_t bytes, SizeInBytes(database));
  if (bytes > kMaxQuickCheckBytes) return absl::OkStatus();
  ASSIGN_OR_RETURN(Statement & query, database.Prepare("PRAGMA quick_check(1)"));
  return query.ForEach([&]() -> absl::Status {
    const std::string verdict = query.Text(0);
    if (verdict == "ok") return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(database.path(), " is damaged (", verdict,
                                            "); restore a copy of it, or save what can be saved: ",
                                            "sqlite3 FILE .recover | sqlite3 NEW_FILE. `parzen db check` says more"));
  });
}

absl::Status BackUp(Database& database, const std::string& path, bool overwrite, const CopyProgress& progress) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is a folder; name a file in it"));
  }
  if (std::filesystem::equivalent(path, database.path(), ignored)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is the database itself; choose another name for the copy"));
  }
  if (std::filesystem::exists(path, ignored) && !overwrite) {
    return absl::AlreadyExistsError(absl::StrCat(path, " exists; choose another name, or overwrite it with --force"));
  }
  const std::string partial = absl::StrCat(path, ".partial-", getpid());
  const absl::Cleanup remove = [&partial] { RemoveDatabase(partial); };
  RETURN_IF_ERROR(CopyDatabase(database, partial, progress));
  {
    ASSIGN_OR_RETURN(Database copy, Database::Open(partial, Database::Mode::kReadOnly));
    RETURN_IF_ERROR(CheckNotDamaged(copy));
  }
  // A log of the file that is overwritten would be taken for the copy's.
  for (const char* const suffix : {"-journal", "-wal", "-shm"}) {
    if (std::filesystem::exists(absl::StrCat(path, suffix), ignored)) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, suffix, " exists: a program has ", path, " open; choose another name for the copy"));
    }
  }
  const absl::Status named = GiveName(partial, path, overwrite);
  if (!absl::IsAlreadyExists(named)) return named;
  return absl::AlreadyExistsError(absl::StrCat(path, " was made by another program meanwhile; choose another name"));
}

absl::StatusOr<Vacuumed> Vacuum(Database& database) {
  Vacuumed vacuumed;
  ASSIGN_OR_RETURN(vacuumed.bytes_before, SizeInBytes(database));
  RETURN_IF_ERROR(database.Execute("VACUUM"));
  // In write-ahead logging the smaller file is only in the log so far. Does nothing otherwise, or where a reader is.
  RETURN_IF_ERROR(database.Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  ASSIGN_OR_RETURN(vacuumed.bytes_after, SizeInBytes(database));
  return vacuumed;
}

}  // namespace parzen
