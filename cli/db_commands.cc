// parzen db check, backup, vacuum, upgrade.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"
#include "studies/store/database_care.h"
#include "studies/store/schema.h"

namespace parzen {
namespace {

struct Options {
  std::string db;
  std::string copy;
  bool force = false;
  Format format = Format::kTable;
};

std::string DatabaseOf(const Options& options) { return options.db.empty() ? DefaultDatabase() : options.db; }

std::string Megabytes(int64_t bytes) { return absl::StrFormat("%.1f MB", static_cast<double>(bytes) / 1e6); }

// Opened as it is, whatever its version; what holds no studies is refused.
absl::StatusOr<Database> OpenAsItIs(const Options& options, Database::Mode mode) {
  ASSIGN_OR_RETURN(Database database, Database::Open(DatabaseOf(options), mode));
  ASSIGN_OR_RETURN(const FileContent content, InspectSchema(database));
  if (content != FileContent::kEmpty) return database;
  return absl::FailedPreconditionError(
      absl::StrCat(database.path(), " is empty: no study was ever stored there; check --db"));
}

absl::Status Check(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(Database database, OpenAsItIs(options, Database::Mode::kReadOnly));
  ASSIGN_OR_RETURN(const std::vector<CheckedPart> parts, CheckDatabase(database));
  Table table({"checked", "rows", "wrong", "problem"});
  int64_t wrong = 0;
  for (const CheckedPart& part : parts) {
    wrong += part.wrong;
    table.AddRow({part.name, part.looked_at, part.wrong, part.problems.empty() ? Cell() : Cell(part.problems[0])});
    for (size_t i = 1; i < part.problems.size(); ++i) table.AddRow({part.name, Cell(), Cell(), part.problems[i]});
  }
  RETURN_IF_ERROR(PrintTable(table, options.format));
  if (wrong == 0) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(database.path(), " has ", wrong, wrong == 1 ? " problem" : " problems",
                                          "; restore a copy, or save what can be saved with sqlite3's .recover"));
}

// One line on stderr that is drawn again, once the copy has taken more than a second.
class CopyLine {
 public:
  absl::Status Show(int64_t done, int64_t all, const Stop& stop) {
    if (stop.Requested()) return absl::CancelledError("stopped; nothing was left behind");
    const absl::Duration now = ReadClock().steady;
    if (!start_.has_value()) start_ = shown_ = now;
    if (now - shown_ < absl::Seconds(1) || done == 0) return absl::OkStatus();
    shown_ = now;
    const double left =
        absl::ToDoubleSeconds(now - *start_) * static_cast<double>(all - done) / static_cast<double>(done);
    std::fprintf(stderr, "%s%d%% copied  ETA %s%s", IsTerminal(fileno(stderr)) ? "\r" : "",
                 static_cast<int>(100 * done / std::max<int64_t>(all, 1)), ClockText(left).c_str(),
                 IsTerminal(fileno(stderr)) ? "\x1b[K" : "\n");
    drawn_ = IsTerminal(fileno(stderr));
    return absl::OkStatus();
  }
  ~CopyLine() {
    if (drawn_) std::fputs("\r\x1b[K", stderr);
  }

 private:
  std::optional<absl::Duration> start_;
  absl::Duration shown_;
  bool drawn_ = false;
};

absl::Status Backup(const Options& options, const Stop& stop) {
  ASSIGN_OR_RETURN(Database database, OpenAsItIs(options, Database::Mode::kReadOnly));
  const std::string copy =
      !options.copy.empty()
          ? options.copy
          : absl::StrCat(database.path(), ".",
                         absl::FormatTime("%Y%m%dT%H%M%SZ", ReadClock().wall, absl::UTCTimeZone()), ".backup");
  int64_t pages = 0;
  {
    CopyLine line;
    RETURN_IF_ERROR(BackUp(database, copy, options.force, [&](int64_t done, int64_t all) {
      pages = all;
      return line.Show(done, all, stop);
    }));
  }
  return PrintResult(absl::StrCat("copied ", pages, " pages to ", Printable(copy), ", checked\n"));
}

absl::Status VacuumFile(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(Database database, OpenAsItIs(options, Database::Mode::kReadWrite));
  const absl::StatusOr<Vacuumed> done = Vacuum(database);
  if (absl::IsUnavailable(done.status())) {  // which would say that a coordinator cannot be reached
    return absl::AbortedError(absl::StrCat(done.status().message(), "; is a coordinator running?"));
  }
  ASSIGN_OR_RETURN(const Vacuumed vacuumed, done);
  return PrintResult(absl::StrCat(Printable(database.path()), ": ", Megabytes(vacuumed.bytes_before), " before, ",
                                  Megabytes(vacuumed.bytes_after), " after\n"));
}

absl::Status Upgrade(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(Database database, OpenAsItIs(options, Database::Mode::kReadWrite));
  ASSIGN_OR_RETURN(const FileContent content, InspectSchema(database));
  RETURN_IF_ERROR(PrepareForWriting(database));
  const char* const said = content == FileContent::kParzen  ? " is of this version already ("
                           : content == FileContent::kOlder ? " was brought to this version ("
                                                            : " got parzen's tables beside Optuna's (";
  return PrintResult(absl::StrCat(Printable(database.path()), said, "schema ", kParzenSchemaVersion, ")\n"));
}

CLI::App& AddDatabaseCommand(CLI::App& db, const std::string& name, const std::string& description,
                             const std::string& examples, Options& options) {
  CLI::App& command = AddCommand(db, name, description, examples);
  AddOption(command, "--db FILE", options.db, "Study database (default: $PARZEN_DB, else parzen.db)");
  return command;
}

}  // namespace

void AddDbCommands(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& db = AddCommand(app, "db", "Looks after a study database.",
                            "  parzen db check --db m.db\n  parzen db backup --db m.db copy.db");
  TakeCommand(db);

  auto check = std::make_shared<Options>();
  CLI::App& check_command = AddDatabaseCommand(
      db, "check",
      "Reads all of a study database and says what is wrong with it: damaged pages, rows that belong to nothing, "
      "and what Parzen or Optuna would stumble over. Ends with status 1 when something is.",
      "  parzen db check\n  parzen db check --db m.db -f json", *check);
  AddFormatOption(check_command, check->format);
  Choose(check_command, chosen, check, &Check);

  auto backup = std::make_shared<Options>();
  CLI::App& backup_command = AddDatabaseCommand(
      db, "backup",
      "Copies a study database as of one moment, also while a coordinator writes to it. The copy is one plain file, "
      "checked and on disk when the command ends.",
      "  parzen db backup\n  parzen db backup --db m.db /backups/m.db --force", *backup);
  AddArgument(backup_command, "FILE", backup->copy,
              "Name of the copy (default: the database's, with time and \".backup\")");
  AddFlag(backup_command, "--force", backup->force, "Overwrite a file of that name");
  Choose(backup_command, chosen, backup, &Backup, /*stops_cleanly=*/true);

  auto vacuum = std::make_shared<Options>();
  CLI::App& vacuum_command = AddDatabaseCommand(
      db, "vacuum",
      "Rewrites a study database without the room that deleted studies left. Others cannot write meanwhile: best "
      "done while no coordinator runs.",
      "  parzen db vacuum --db m.db", *vacuum);
  Choose(vacuum_command, chosen, vacuum, &VacuumFile);

  auto upgrade = std::make_shared<Options>();
  CLI::App& upgrade_command = AddDatabaseCommand(
      db, "upgrade",
      "Brings a study database of an earlier parzen, or one that Optuna made, to this version. Every command that "
      "may write does so by itself.",
      "  parzen db upgrade --db m.db", *upgrade);
  Choose(upgrade_command, chosen, upgrade, &Upgrade);
}

}  // namespace parzen
