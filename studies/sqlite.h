// A thin C++ face on SQLite: statements that bind and read typed values, statuses instead of codes, and a cache of
// prepared statements. Nothing here knows a table. Threads: externally synchronised, one connection a thread.
//
//   ASSIGN_OR_RETURN(Statement & query, database.Prepare("SELECT name FROM t WHERE id = ?"));
//   query.Bind(1, id);
//   while (true) { ASSIGN_OR_RETURN(bool row, query.Step()); if (!row) break; use(query.Text(0)); }
//
// User text reaches SQL only through Bind.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace parzen {

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

  // True with a row, false at the end (the statement is then reset and may be bound again).
  absl::StatusOr<bool> Step();
  // Runs a statement that returns no row, then resets it.
  absl::Status Run();

  // Columns count from 0; valid until the next Step.
  bool IsNull(int column) const;
  int64_t Int(int column) const;
  double Double(int column) const;
  std::string Text(int column) const;  // also blobs; "" for NULL

 private:
  friend class Database;
  void Reset();

  sqlite3* connection_;      // borrowed from the Database
  sqlite3_stmt* statement_;  // owned
};

class Database {
 public:
  enum class Mode { kReadOnly, kReadWrite, kCreate };

  // Sets the busy timeout (5 s) and nothing else. The error names the path.
  static absl::StatusOr<Database> Open(const std::string& path, Mode mode);
  Database(Database&& other) noexcept;
  ~Database();

  // The statement for this SQL, reset and unbound, prepared once and kept. Two uses of one SQL may not overlap.
  absl::StatusOr<std::reference_wrapper<Statement>> Prepare(absl::string_view sql);
  // One or more statements without parameters or rows.
  absl::Status Execute(const std::string& sql);
  int64_t LastInsertId() const;
  const std::string& path() const { return path_; }

 private:
  Database(std::string path, sqlite3* connection) : path_(std::move(path)), connection_(connection) {}

  std::string path_;
  sqlite3* connection_;
  std::unordered_map<std::string, std::unique_ptr<Statement>> statements_;
};

// An SQLite result code as a status: see store.h for which means what. `doing` starts the message.
absl::Status SqliteStatus(sqlite3* connection, int code, absl::string_view doing);

}  // namespace parzen
