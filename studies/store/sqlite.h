// A thin C++ face on SQLite: statements that bind and read typed values, statuses instead of codes, and a cache of
// prepared statements. Nothing here knows a table. Threads: externally synchronised, one connection a thread.
//
//   ASSIGN_OR_RETURN(Statement & query, database.Prepare("SELECT name FROM t WHERE id = ?"));
//   query.BindInt(1, id);
//   RETURN_IF_ERROR(query.ForEach([&] { return Use(query.Text(0)); }));
//
// User text reaches SQL only through Bind.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_context;
struct sqlite3_stmt;
struct sqlite3_value;

namespace parzen {

// A value for a statement: NULL, a whole number, a number, text, or bytes. Text and bytes are borrowed until bound.
struct Blob {
  absl::string_view bytes;
};
using SqlValue = std::variant<std::monostate, int64_t, double, absl::string_view, Blob>;

class Statement {
 public:
  Statement(sqlite3* connection, sqlite3_stmt* statement) : connection_(connection), statement_(statement) {}
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters count from 1. Text and blobs are copied. Named apart, because an int would fit too many overloads.
  Statement& BindInt(int parameter, int64_t value);
  Statement& BindDouble(int parameter, double value);
  Statement& BindText(int parameter, absl::string_view value);
  Statement& BindBlob(int parameter, absl::string_view value);
  Statement& BindNull(int parameter);
  // Parameters 1, 2, ... in one go.
  Statement& BindAll(std::initializer_list<SqlValue> values);

  // True with a row, false at the end (the statement is then reset and may be bound again).
  absl::StatusOr<bool> Step();
  // Calls `on_row` at each row until it fails. However it ends, the statement is reset: a row left open would hold its
  // snapshot of the file.
  absl::Status ForEach(const std::function<absl::Status()>& on_row);
  // Runs a statement that returns no row, then resets it.
  absl::Status Run();
  // Parameters 1, 2, ... and Run in one go, without a copy of texts and blobs.
  absl::Status RunWith(std::initializer_list<SqlValue> values);

  int Columns() const;
  // Columns count from 0; valid until the next Step.
  bool IsNull(int column) const;
  int64_t Int(int column) const;
  double Double(int column) const;
  std::string Text(int column) const;  // also blobs; "" for NULL

 private:
  friend class Database;
  // `lifetime` is what SQLite is told of the bytes: SQLITE_STATIC or SQLITE_TRANSIENT.
  Statement& BindBytes(int parameter, absl::string_view value, bool is_text, void (*lifetime)(void*));
  Statement& BindValue(int parameter, const SqlValue& value, void (*lifetime)(void*));
  void Reset();

  sqlite3* connection_;      // borrowed from the Database
  sqlite3_stmt* statement_;  // owned
  int bind_code_ = 0;        // the first Bind that failed; told by Step
};

class Database {
 public:
  enum class Mode { kReadOnly, kReadWrite, kCreate };

  // Sets the busy timeout (5 s) and nothing else. The error names the path. ":memory:" is a file of its own in memory.
  // A reader may not change what is stored, but where it can it tidies up after itself: the last one to leave takes the
  // -wal and -shm files away. A write-ahead log's file in a folder that may not be written, without its -wal, is read
  // as one that nobody changes: SQLite has no other way.
  static absl::StatusOr<Database> Open(const std::string& path, Mode mode);
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;  // closes what it had, with its statements
  ~Database();

  // Ends the connection and its statements. Until another Database is moved here, an empty one in memory stands in, so
  // that a use by mistake fails and does not crash. path() stays.
  void Close();

  // The statement for this SQL, reset and unbound, prepared once and kept. Two uses of one SQL may not overlap.
  absl::StatusOr<std::reference_wrapper<Statement>> Prepare(absl::string_view sql);
  // The same for SQL that is not likely to come again: the statement is not kept.
  absl::StatusOr<std::unique_ptr<Statement>> PrepareOnce(absl::string_view sql);
  // Makes an SQL function of this connection, pure and with so many arguments (-1: any number). `data` is passed on
  // (sqlite3_user_data); it is kept as long as the connection. Replaces one of that name.
  absl::Status AddFunction(const std::string& name, int arguments,
                           void (*function)(sqlite3_context* context, int arguments, sqlite3_value** values),
                           std::shared_ptr<void> data);
  bool HasFunction(const std::string& name) const { return function_data_.count(name) > 0; }
  // Asked often while statements run, until it is set anew (empty: nobody is asked) or the connection is closed: false
  // ends the statement, Cancelled.
  void SetGoesOn(std::function<bool()> goes_on);
  // Cancelled when that says so: for long work between statements.
  absl::Status CheckGoesOn() const;
  // At most so many bytes, from this offset on, of one large value, of which no more is read.
  absl::StatusOr<std::string> ReadBlob(const char* table, const char* column, int64_t row_id, int64_t offset,
                                       int64_t most);
  // One or more statements without parameters or rows.
  absl::Status Execute(const std::string& sql);
  int64_t LastInsertId() const;
  // Rows that the last INSERT, UPDATE or DELETE touched.
  int64_t Changes() const;
  // Rows that this connection has touched in its life, whether they were committed or not.
  int64_t TotalChanges() const;
  // Whether a transaction is open. SQLite ends one by itself after some errors, a full disk among them.
  bool InTransaction() const;
  // Copies everything, as of one moment, over what `target` holds; writers of either program go on meanwhile.
  // `progress`, where there is one, is told the pages done and there are, and may end it with an error.
  absl::Status CopyTo(Database& target,
                      const std::function<absl::Status(int64_t done, int64_t all)>& progress = nullptr);
  const std::string& path() const { return path_; }

 private:
  Database(std::string path, sqlite3* connection) : path_(std::move(path)), connection_(connection) {}

  std::string path_;
  sqlite3* connection_;
  absl::flat_hash_map<std::string, std::unique_ptr<Statement>> statements_;  // by SQL
  absl::flat_hash_map<std::string, std::shared_ptr<void>> function_data_;    // by function
  std::unique_ptr<std::function<bool()>> goes_on_;                           // at a fixed address; absent: nobody asks
};

// While it lives, everything is read as of one moment. Inside an open transaction it does nothing: that is one already.
class Snapshot {
 public:
  explicit Snapshot(Database& database);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  const absl::Status& status() const { return status_; }

 private:
  Database& database_;
  const bool owns_;
  absl::Status status_;
};

// An SQLite result code as a status: see store.h for which means what. `doing` starts the message,
// which names the file.
absl::Status SqliteStatus(sqlite3* connection, int code, absl::string_view doing);

}  // namespace parzen
