#include "studies/store/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr char kInMemory[] = ":memory:";

// What a code means to the caller, and what to do about it.
struct Meaning {
  absl::StatusCode code;
  const char* text;
};

Meaning MeaningOf(int extended_code, int system_errno) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
      return {absl::StatusCode::kAlreadyExists, "there is such a row already"};
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_SHMSIZE:
      // SQLite's own "full" knows one errno only; quotas, file size limits and its -shm file have others.
      return {absl::StatusCode::kResourceExhausted,
              "the disk takes no more: it is full, over a quota, or failing; free some room and try again"};
    case SQLITE_READONLY_DBMOVED:
      return {absl::StatusCode::kUnavailable, "the file was moved or deleted while it was open; open it again"};
  }
  switch (extended_code & 0xff) {
    case SQLITE_FULL:
      return {absl::StatusCode::kResourceExhausted, "the disk is full; free some room and try again"};
    case SQLITE_NOMEM:
      return {absl::StatusCode::kResourceExhausted, "out of memory"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {absl::StatusCode::kPermissionDenied, "read-only; check the permissions of the file and of its folder"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {absl::StatusCode::kUnavailable, "locked by another writer; try again"};
    case SQLITE_CORRUPT:
      return {absl::StatusCode::kDataLoss, "the file is damaged; restore a copy, or try sqlite3's .recover"};
    case SQLITE_INTERRUPT:
      return {absl::StatusCode::kCancelled, "given up before its end"};
    case SQLITE_NOTADB:
      return {absl::StatusCode::kFailedPrecondition, "the file is not an SQLite database; choose another --db"};
    case SQLITE_CANTOPEN:
      // Often not the file itself but one that SQLite wants to make beside it.
      if (system_errno == EACCES || system_errno == EPERM || system_errno == EROFS) {
        return MeaningOf(SQLITE_READONLY, 0);
      }
      return {absl::StatusCode::kNotFound,
              "the file cannot be opened; check that its folder exists and that both may be read and written"};
    case SQLITE_TOOBIG:
      return {absl::StatusCode::kInvalidArgument, "a text or blob is too large"};
    default:
      return {absl::StatusCode::kInternal, "unexpected answer of SQLite"};
  }
}

// SQLite says "unable to open" for everything that can be wrong with a path; this says what it is.
absl::Status CheckPath(const std::string& path, Database::Mode mode) {
  if (path == kInMemory) return absl::OkStatus();
  if (path.empty()) return absl::InvalidArgumentError("the path of the database is empty; choose one with --db");
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty() && !std::filesystem::exists(folder, ignored)) {
    return absl::NotFoundError(absl::StrCat(path, ": the folder ", folder.string(), " does not exist; make it first"));
  }
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored)) {
    return absl::NotFoundError(absl::StrCat(path, ": ", folder.string(), " is a file, not a folder"));
  }
  if (std::filesystem::is_directory(path, ignored)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is a folder; name a database file in it"));
  }
  if (mode != Database::Mode::kCreate && !std::filesystem::exists(path, ignored)) {
    return absl::NotFoundError(absl::StrCat(path, ": there is no such database; check --db"));
  }
  const char* const parent = folder.empty() ? "." : folder.c_str();
  if (!std::filesystem::exists(path, ignored) && faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(path, " cannot be made: the folder ", parent, " may not be written; choose another --db"));
  }
  return absl::OkStatus();
}

int OpenFlags(Database::Mode mode) {
  switch (mode) {
    case Database::Mode::kReadOnly:
      // With SQLITE_OPEN_READONLY it could not take the -wal and -shm files away that it makes. It falls back to that
      // by itself where it must.
    case Database::Mode::kReadWrite:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    case Database::Mode::kCreate:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  }
  return 0;
}

// Whether the file is in write-ahead logging, says its header.
bool UsesWriteAheadLog(const std::string& path) {
  constexpr std::streamoff kReadVersion = 19;
  std::ifstream file(path, std::ios::binary);
  return file.seekg(kReadVersion) && file.get() == 2;
}

// Whether SQLite could not make the files that it needs beside this one, and does without them: nobody has it open.
bool IsLeftAlone(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const char* const parent = folder.empty() ? "." : folder.c_str();
  if (faccessat(AT_FDCWD, parent, W_OK | X_OK, AT_EACCESS) == 0) return false;
  return !std::filesystem::exists(path + "-wal", ignored) && UsesWriteAheadLog(path);
}

// The path as SQLite's URI, with a query.
std::string ToUri(absl::string_view path, absl::string_view query) {
  return absl::StrCat("file:", absl::StrReplaceAll(path, {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}}), "?", query);
}

}  // namespace

absl::Status SqliteStatus(sqlite3* connection, int code, absl::string_view doing) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return absl::OkStatus();
  const char* file = connection == nullptr ? nullptr : sqlite3_db_filename(connection, "main");
  // The connection remembers only its last error, which may be a later one than `code`.
  const bool current = connection != nullptr && (sqlite3_errcode(connection) & 0xff) == (code & 0xff);
  const Meaning meaning = MeaningOf(code, current ? sqlite3_system_errno(connection) : 0);
  return absl::Status(
      meaning.code,
      absl::StrCat(doing, file == nullptr || *file == '\0' ? "" : " ", file == nullptr ? "" : file, ": ", meaning.text,
                   " (", current ? sqlite3_errmsg(connection) : sqlite3_errstr(code), ", SQLite code ", code, ")"));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::BindInt(int parameter, int64_t value) {
  const int code = sqlite3_bind_int64(statement_, parameter, value);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  return *this;
}

Statement& Statement::BindDouble(int parameter, double value) {
  const int code = sqlite3_bind_double(statement_, parameter, value);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  return *this;
}

Statement& Statement::BindBytes(int parameter, absl::string_view value, bool is_text, void (*lifetime)(void*)) {
  // A null pointer would bind NULL; an empty view may hold one.
  const char* const data = value.empty() ? "" : value.data();
  const int code = is_text ? sqlite3_bind_text64(statement_, parameter, data, value.size(), lifetime, SQLITE_UTF8)
                           : sqlite3_bind_blob64(statement_, parameter, data, value.size(), lifetime);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  return *this;
}

Statement& Statement::BindText(int parameter, absl::string_view value) {
  return BindBytes(parameter, value, /*is_text=*/true, SQLITE_TRANSIENT);
}

Statement& Statement::BindBlob(int parameter, absl::string_view value) {
  return BindBytes(parameter, value, /*is_text=*/false, SQLITE_TRANSIENT);
}

Statement& Statement::BindNull(int parameter) {
  const int code = sqlite3_bind_null(statement_, parameter);
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  return *this;
}

Statement& Statement::BindValue(int parameter, const SqlValue& value, void (*lifetime)(void*)) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return BindInt(parameter, *whole);
  if (const auto* number = std::get_if<double>(&value)) return BindDouble(parameter, *number);
  if (const auto* text = std::get_if<absl::string_view>(&value)) return BindBytes(parameter, *text, true, lifetime);
  if (const auto* blob = std::get_if<Blob>(&value)) return BindBytes(parameter, blob->bytes, false, lifetime);
  return BindNull(parameter);
}

Statement& Statement::BindAll(std::initializer_list<SqlValue> values) {
  int parameter = 0;
  for (const SqlValue& value : values) BindValue(++parameter, value, SQLITE_TRANSIENT);
  return *this;
}

absl::Status Statement::RunWith(std::initializer_list<SqlValue> values) {
  int parameter = 0;
  for (const SqlValue& value : values) BindValue(++parameter, value, SQLITE_STATIC);
  absl::Status status = Run();
  // Nothing may look at the borrowed bytes later.
  sqlite3_clear_bindings(statement_);
  return status;
}

absl::StatusOr<bool> Statement::Step() {
  const int code = bind_code_ != SQLITE_OK ? bind_code_ : sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  absl::Status status = absl::OkStatus();
  if (code != SQLITE_DONE) {
    status = SqliteStatus(connection_, code, sqlite3_stmt_readonly(statement_) ? "cannot read" : "cannot write");
    if (absl::IsInternal(status)) {
      status = absl::InternalError(absl::StrCat(status.message(), " in: ", sqlite3_sql(statement_)));
    }
  }
  Reset();
  if (!status.ok()) return status;
  return false;
}

absl::Status Statement::ForEach(const std::function<absl::Status()>& on_row) {
  while (true) {
    ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return absl::OkStatus();
    if (absl::Status status = on_row(); !status.ok()) {
      Reset();
      return status;
    }
  }
}

absl::Status Statement::Run() {
  while (true) {
    ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return absl::OkStatus();
  }
}

int Statement::Columns() const { return sqlite3_column_count(statement_); }
bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::Double(int column) const { return sqlite3_column_double(statement_, column); }

std::string Statement::Text(int column) const {
  const void* const data = sqlite3_column_blob(statement_, column);
  return data == nullptr ? "" : std::string(static_cast<const char*>(data), sqlite3_column_bytes(statement_, column));
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  bind_code_ = SQLITE_OK;
}

absl::StatusOr<Database> Database::Open(const std::string& path, Mode mode) {
  RETURN_IF_ERROR(CheckPath(path, mode));
  sqlite3* connection = nullptr;
  // "./" keeps SQLite from reading a name such as "file:x" as a URI.
  std::string plain = path == kInMemory || path[0] == '/' ? path : absl::StrCat("./", path);
  int flags = OpenFlags(mode);
  if (mode == Mode::kReadOnly && IsLeftAlone(path)) {
    plain = ToUri(plain, "immutable=1");
    flags |= SQLITE_OPEN_URI;
  }
  const int code = sqlite3_open_v2(plain.c_str(), &connection, flags, nullptr);
  Database database(path, connection);
  if (code != SQLITE_OK) return SqliteStatus(connection, code, absl::StrCat("cannot open ", path));
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, kBusyTimeoutMs);
  if (mode == Mode::kReadOnly) {
    RETURN_IF_ERROR(database.Execute("PRAGMA query_only = ON"));
    return database;
  }
  // SQLite falls back to reading where it may not write.
  if (sqlite3_db_readonly(connection, "main") == 1) {
    return absl::PermissionDeniedError(absl::StrCat(path, " is read-only; make it writable, or choose another --db"));
  }
  return database;
}

Database::Database(Database&& other) noexcept
    : path_(std::move(other.path_)),
      connection_(std::exchange(other.connection_, nullptr)),
      statements_(std::move(other.statements_)),
      function_data_(std::move(other.function_data_)),
      goes_on_(std::move(other.goes_on_)) {}

Database& Database::operator=(Database&& other) noexcept {
  path_.swap(other.path_);
  std::swap(connection_, other.connection_);
  statements_.swap(other.statements_);
  function_data_.swap(other.function_data_);
  goes_on_.swap(other.goes_on_);
  const Database old(std::move(other));  // what this one had ends here
  return *this;
}

Database::~Database() {
  statements_.clear();
  sqlite3_close(connection_);
}

void Database::Close() {
  statements_.clear();
  sqlite3_close(std::exchange(connection_, nullptr));
  function_data_.clear();
  goes_on_.reset();
  // It can only fail without memory, and then gives a connection that says so.
  sqlite3_open_v2(kInMemory, &connection_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
}

absl::StatusOr<std::reference_wrapper<Statement>> Database::Prepare(absl::string_view sql) {
  std::unique_ptr<Statement>& statement = statements_[sql];
  if (statement == nullptr) {
    sqlite3_stmt* prepared = nullptr;
    const int code =
        sqlite3_prepare_v3(connection_, sql.data(), sql.size(), SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (code != SQLITE_OK) {
      statements_.erase(sql);
      return SqliteStatus(connection_, code, "cannot use");
    }
    statement = std::make_unique<Statement>(connection_, prepared);
  }
  statement->Reset();
  sqlite3_clear_bindings(statement->statement_);
  return std::ref(*statement);
}

absl::StatusOr<std::unique_ptr<Statement>> Database::PrepareOnce(absl::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()), &prepared, nullptr);
  if (code != SQLITE_OK) return SqliteStatus(connection_, code, "cannot use");
  return std::make_unique<Statement>(connection_, prepared);
}

absl::Status Database::AddFunction(const std::string& name, int arguments,
                                   void (*function)(sqlite3_context* context, int arguments, sqlite3_value** values),
                                   std::shared_ptr<void> data) {
  const int code = sqlite3_create_function_v2(connection_, name.c_str(), arguments, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                              data.get(), function, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return SqliteStatus(connection_, code, "cannot use");
  function_data_[name] = std::move(data);
  return absl::OkStatus();
}

void Database::SetGoesOn(std::function<bool()> goes_on) {
  // Often enough that nobody waits, and seldom enough to cost nothing: some 10 microseconds of work.
  constexpr int kSteps = 1000;
  if (!goes_on) {
    sqlite3_progress_handler(connection_, 0, nullptr, nullptr);
    goes_on_.reset();
    return;
  }
  goes_on_ = std::make_unique<std::function<bool()>>(std::move(goes_on));
  const auto gives_up = [](void* asked) { return (*static_cast<std::function<bool()>*>(asked))() ? 0 : 1; };
  sqlite3_progress_handler(connection_, kSteps, gives_up, goes_on_.get());
}

absl::Status Database::CheckGoesOn() const {
  if (goes_on_ == nullptr || (*goes_on_)()) return absl::OkStatus();
  return absl::CancelledError(absl::StrCat("cannot read ", path_, ": given up before its end"));
}

absl::Status Database::Execute(const std::string& sql) {
  return SqliteStatus(connection_, sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr), "cannot use");
}

absl::StatusOr<std::string> Database::ReadBlob(const char* table, const char* column, int64_t row_id, int64_t offset,
                                               int64_t most) {
  sqlite3_blob* blob = nullptr;
  const int opened = sqlite3_blob_open(connection_, "main", table, column, row_id, /*flags=*/0, &blob);
  const std::unique_ptr<sqlite3_blob, int (*)(sqlite3_blob*)> owned(blob, &sqlite3_blob_close);
  RETURN_IF_ERROR(SqliteStatus(connection_, opened, "cannot read"));
  const int64_t size = std::clamp<int64_t>(sqlite3_blob_bytes(blob) - offset, 0, most);
  std::string bytes(static_cast<size_t>(size), '\0');
  const int read = sqlite3_blob_read(blob, bytes.data(), static_cast<int>(size), static_cast<int>(offset));
  RETURN_IF_ERROR(SqliteStatus(connection_, read, "cannot read"));
  return bytes;
}

absl::Status Database::CopyTo(Database& target,
                              const std::function<absl::Status(int64_t done, int64_t all)>& progress) {
  constexpr int kPagesAtOnce = 1000;
  // Without it every commit of another connection would start the copy over.
  const Snapshot snapshot(*this);
  RETURN_IF_ERROR(snapshot.status());
  sqlite3_backup* const copy = sqlite3_backup_init(target.connection_, "main", connection_, "main");
  if (copy == nullptr) return SqliteStatus(target.connection_, sqlite3_errcode(target.connection_), "cannot write");
  absl::Status status;
  int code = SQLITE_OK;
  while (code == SQLITE_OK && status.ok()) {
    code = sqlite3_backup_step(copy, kPagesAtOnce);
    const int64_t all = sqlite3_backup_pagecount(copy);
    if (progress) status = progress(all - sqlite3_backup_remaining(copy), all);
  }
  sqlite3_backup_finish(copy);
  if (code != SQLITE_OK && code != SQLITE_DONE) {
    return SqliteStatus(target.connection_, code, absl::StrCat("cannot copy ", path_, " to"));
  }
  return status;
}

int64_t Database::LastInsertId() const { return sqlite3_last_insert_rowid(connection_); }
int64_t Database::Changes() const { return sqlite3_changes64(connection_); }
int64_t Database::TotalChanges() const { return sqlite3_total_changes64(connection_); }
bool Database::InTransaction() const { return sqlite3_get_autocommit(connection_) == 0; }

Snapshot::Snapshot(Database& database) : database_(database), owns_(!database.InTransaction()) {
  if (owns_) status_ = database_.Execute("BEGIN");
}

Snapshot::~Snapshot() {
  // Nothing was written, so there is nothing to keep and nothing that could fail.
  if (owns_ && database_.InTransaction()) database_.Execute("ROLLBACK").IgnoreError();
}

}  // namespace parzen
