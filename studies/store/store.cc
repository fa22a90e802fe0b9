// Opening, transactions and writing.
#include "studies/store/store.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "studies/metrics.h"
#include "studies/store/schema.h"
#include "studies/store/stored_value.h"
#include "studies/store/text_column.h"

namespace parzen {
namespace {

// Columns that this program reads are missing from an earlier version's file, and come in by opening it for writing.
absl::Status UpgradeForReading(const std::string& path) {
  absl::StatusOr<Database> database = Database::Open(path, Database::Mode::kReadWrite);
  const absl::Status status = database.ok() ? PrepareForWriting(*database) : database.status();
  if (status.ok()) return status;
  return absl::FailedPreconditionError(
      absl::StrCat(path, " is of an earlier parzen, and cannot be brought to this one's version: ", status.message(),
                   "; run `parzen db upgrade --db FILE` where the file, or a copy of it, may be written"));
}

}  // namespace

absl::Time DeadlineOf(const StudySpec& spec, absl::Time now) {
  if (!spec.search().has_time_limit_seconds()) return absl::InfiniteFuture();
  return now + absl::Seconds(spec.search().time_limit_seconds());
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& path, Mode mode) {
  const bool writable = mode != Mode::kReadOnly;
  ASSIGN_OR_RETURN(Database database, Database::Open(path, mode == Mode::kReadOnly    ? Database::Mode::kReadOnly
                                                           : mode == Mode::kReadWrite ? Database::Mode::kReadWrite
                                                                                      : Database::Mode::kCreate));
  if (writable) {
    RETURN_IF_ERROR(PrepareForWriting(database));
  } else {
    ASSIGN_OR_RETURN(const FileContent content, InspectSchema(database));
    if (content == FileContent::kEmpty) {
      return absl::FailedPreconditionError(absl::StrCat(path, " is empty: no study was ever stored there; check --db"));
    }
    if (content == FileContent::kOlder) RETURN_IF_ERROR(UpgradeForReading(path));
  }
  return std::unique_ptr<Store>(new Store(std::move(database), writable));
}

absl::Status Store::Reopen() {
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> fresh,
                   Open(database_.path(), writable_ ? Mode::kReadWrite : Mode::kReadOnly));
  database_ = std::move(fresh->database_);
  ++reopened_;
  return absl::OkStatus();
}

absl::Status Store::Begin() {
  if (!writable_) {
    return absl::PermissionDeniedError(absl::StrCat(database_.path(), " was opened for reading only"));
  }
  broken_ = absl::OkStatus();
  return database_.Execute("BEGIN IMMEDIATE");
}

absl::Status Store::Commit() {
  absl::Status status = RequireTransaction();
  if (status.ok()) status = database_.Execute("COMMIT");
  if (!status.ok()) Rollback();
  return status;
}

void Store::Rollback() {
  broken_ = absl::OkStatus();
  // It can only fail when SQLite ended the transaction by itself, and then there is nothing to undo.
  if (database_.InTransaction()) database_.Execute("ROLLBACK").IgnoreError();
}

absl::StatusOr<int64_t> Store::DataVersion() {
  ASSIGN_OR_RETURN(Statement & query, database_.Prepare("PRAGMA data_version"));
  int64_t version = 0;
  RETURN_IF_ERROR(query.ForEach([&] {
    version = query.Int(0);
    return absl::OkStatus();
  }));
  // A new connection counts from the beginning again, and must not be taken for the old one.
  constexpr int64_t kMostChanges = int64_t{1} << 40;
  return reopened_ * kMostChanges + version;
}

absl::Status Store::RequireTransaction() const {
  if (!broken_.ok()) return broken_;
  if (database_.InTransaction()) return absl::OkStatus();
  return absl::FailedPreconditionError("no transaction is open: call Begin first, or an earlier error ended it");
}

absl::Status Store::Write(absl::string_view sql, std::initializer_list<SqlValue> values) {
  RETURN_IF_ERROR(RequireTransaction());
  const absl::StatusOr<std::reference_wrapper<Statement>> statement = database_.Prepare(sql);
  absl::Status status = statement.ok() ? statement->get().RunWith(values) : statement.status();
  if (!status.ok()) broken_ = status;
  return status;
}

absl::Status Store::CheckNameIsFree(absl::string_view study_name) {
  ASSIGN_OR_RETURN(Statement & taken, database_.Prepare("SELECT 1 FROM studies WHERE study_name = ?"));
  return taken.BindText(1, study_name).ForEach([&] {
    return absl::AlreadyExistsError(
        absl::StrCat("there is a study \"", study_name, "\" in ", database_.path(), " already; choose another name"));
  });
}

absl::StatusOr<int64_t> Store::CreateStudy(const StudySpec& spec, const std::vector<DatasetFile>& files, int64_t budget,
                                           absl::Time now) {
  if (spec.objective().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("study \"", spec.name(), "\" has no objective; it needs one or more"));
  }
  RETURN_IF_ERROR(CheckNameIsFree(spec.name()));
  RETURN_IF_ERROR(Write("INSERT INTO studies (study_name) VALUES (?)", {spec.name()}));
  const int64_t study_id = database_.LastInsertId();
  // In objective order: Optuna reads these rows without one of its own.
  for (int i = 0; i < spec.objective_size(); ++i) {
    RETURN_IF_ERROR(Write("INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, ?)",
                          {Direction_Name(spec.objective(i).direction()), study_id, i}));
  }
  RETURN_IF_ERROR(InsertOwnRows(study_id, spec, files, budget, now));
  return study_id;
}

absl::Status Store::AdoptStudy(int64_t study_id, const StudySpec& spec, const std::vector<DatasetFile>& files,
                               int64_t budget, absl::Time now) {
  ASSIGN_OR_RETURN(Statement & ours, database_.Prepare("SELECT 1 FROM parzen_studies WHERE study_id = ?"));
  RETURN_IF_ERROR(ours.BindInt(1, study_id).ForEach([&] {
    return absl::AlreadyExistsError(absl::StrCat("study \"", spec.name(), "\" has a spec already"));
  }));
  return InsertOwnRows(study_id, spec, files, budget, now);
}

absl::Status Store::InsertOwnRows(int64_t study_id, const StudySpec& spec, const std::vector<DatasetFile>& files,
                                  int64_t budget, absl::Time now) {
  std::vector<std::string> metrics;
  for (int i = 0; i < spec.objective_size(); ++i) metrics.push_back(JsonString(MetricOf(spec, i)));
  // Names that a study of another program has already stay as they are.
  RETURN_IF_ERROR(Write(
      "INSERT INTO study_system_attributes (study_id, \"key\", value_json) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      {study_id, "study:metric_names", absl::StrCat("[", absl::StrJoin(metrics, ", "), "]")}));
  RETURN_IF_ERROR(Write("INSERT INTO parzen_studies (study_id, spec, budget, created) VALUES (?, ?, ?, ?)",
                        {study_id, ToTextColumn(spec), budget, ToDateTime(now)}));
  RETURN_IF_ERROR(SetDeadline(study_id, DeadlineOf(spec, now)));
  return SetFiles(study_id, files);
}

absl::Status Store::SetFiles(int64_t study_id, const std::vector<DatasetFile>& files) {
  RETURN_IF_ERROR(Write("DELETE FROM parzen_files WHERE study_id = ?", {study_id}));
  for (size_t i = 0; i < files.size(); ++i) {
    RETURN_IF_ERROR(Write(
        "INSERT INTO parzen_files (study_id, position, name, path, sha256, bytes) VALUES (?, ?, ?, ?, ?, ?)",
        {study_id, static_cast<int64_t>(i), files[i].name(), files[i].path(), files[i].sha256(), files[i].bytes()}));
  }
  return absl::OkStatus();
}

absl::Status Store::UpdateOwnStudy(absl::string_view sql, SqlValue value, int64_t study_id) {
  RETURN_IF_ERROR(Write(sql, {value, study_id}));
  if (database_.Changes() > 0) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("no study of parzen's own with study_id ", study_id, " in ", database_.path()));
}

absl::Status Store::SetBudget(int64_t study_id, int64_t budget) {
  return UpdateOwnStudy("UPDATE parzen_studies SET budget = ? WHERE study_id = ?", budget, study_id);
}

absl::Status Store::SetSpaceFinished(int64_t study_id, bool finished) {
  return UpdateOwnStudy("UPDATE parzen_studies SET space_finished = ? WHERE study_id = ?", int64_t{finished}, study_id);
}

absl::Status Store::SetFinalResult(int64_t study_id, const FinalResult& result) {
  const std::string text = ToTextColumn(result);
  return UpdateOwnStudy("UPDATE parzen_studies SET final_result = ? WHERE study_id = ?", absl::string_view(text),
                        study_id);
}

absl::Status Store::SetStopped(int64_t study_id, bool stopped) {
  return UpdateOwnStudy("UPDATE parzen_studies SET stopped = ? WHERE study_id = ?", int64_t{stopped}, study_id);
}

absl::Status Store::SetDeadline(int64_t study_id, absl::Time deadline) {
  const std::string text = deadline == absl::InfiniteFuture() ? "" : ToDateTime(deadline);
  return UpdateOwnStudy("UPDATE parzen_studies SET deadline = nullif(?, '') WHERE study_id = ?",
                        absl::string_view(text), study_id);
}

absl::Status Store::DeleteStudy(int64_t study_id) {
  for (const absl::string_view table : {"trial_params", "trial_values", "trial_intermediate_values",
                                        "trial_user_attributes", "trial_system_attributes", "trial_heartbeats"}) {
    RETURN_IF_ERROR(Write(
        absl::StrCat("DELETE FROM ", table, " WHERE trial_id IN (SELECT trial_id FROM trials WHERE study_id = ?)"),
        {study_id}));
  }
  // Triggers take our rows along.
  for (const absl::string_view table :
       {"trials", "study_directions", "study_user_attributes", "study_system_attributes", "studies"}) {
    RETURN_IF_ERROR(Write(absl::StrCat("DELETE FROM ", table, " WHERE study_id = ?"), {study_id}));
  }
  if (database_.Changes() > 0) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no study with study_id ", study_id, " in ", database_.path()));
}

Savepoint::Savepoint(Store& store) : store_(store), status_(store.RequireTransaction()) {
  if (status_.ok()) status_ = store_.database_.Execute("SAVEPOINT part");
  open_ = status_.ok();
}

Savepoint::~Savepoint() {
  if (!open_ || !store_.database_.InTransaction()) return;
  // What cannot be undone by itself must not be committed with the rest.
  if (const absl::Status undone = store_.database_.Execute("ROLLBACK TO part; RELEASE part"); !undone.ok()) {
    store_.broken_ = undone;
  }
}

absl::Status Savepoint::Keep() {
  RETURN_IF_ERROR(status());  // not the member: the macro has a variable of that name
  RETURN_IF_ERROR(store_.RequireTransaction());
  RETURN_IF_ERROR(store_.database_.Execute("RELEASE part"));
  open_ = false;
  return absl::OkStatus();
}

}  // namespace parzen
