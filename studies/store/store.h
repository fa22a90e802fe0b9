// The study database: Optuna's schema (v12, alembic v3.2.0.a) with our parzen_* tables and views beside it, in one
// SQLite file that Optuna, optuna-dashboard and the sqlite3 shell open as it is.
//
// What is durable: everything up to the last Commit that returned OK (WAL, synchronous=FULL). Writes happen only inside
// Begin ... Commit, one BEGIN IMMEDIATE transaction that may hold the work of many callers (group commit); a crash or
// an error before Commit leaves none of it. A write that SQLite refuses half done ends the transaction: all that
// follows in it, Commit too, returns that first error. Threads: externally synchronised. Several Stores may be open on
// one file, in this and in other processes: readers never wait, writers wait up to 5 s for each other. Errors: NotFound
// no such study, trial or file; AlreadyExists name taken; FailedPrecondition the file is not ours, is newer than this
// program, or a state's move is not legal; PermissionDenied read-only; ResourceExhausted disk full; Unavailable locked
// by another writer; DataLoss a damaged file; Internal anything else SQLite says.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/study.pb.h"
#include "proto/work.pb.h"
#include "studies/history.h"
#include "studies/search_space.h"
#include "studies/store/sqlite.h"

namespace parzen {

// A study's row. `spec` is absent for studies that others made.
struct StoredStudy {
  int64_t study_id = 0;
  std::string name;
  std::vector<Direction> directions;
  std::optional<StudySpec> spec;
  std::string unreadable;  // why its spec (of a newer program?) or a direction could not be read; "" otherwise
  std::vector<DatasetFile> files;
  int64_t budget = 0;           // 0: none
  bool space_finished = false;  // the sampler has no point left
  bool stopped = false;         // no trial is handed out until it is resumed
  std::string created;          // when it became ours: tells it from others that had its name or id; "" otherwise
  absl::Time deadline = absl::InfiniteFuture();  // when its time limit is up
};

// Where a trial paused: row of parzen_progress, without its checkpoint.
struct StoredProgress {
  int64_t step = 0;       // the last that was reported
  bool promoted = false;  // it goes on, or may; otherwise it waits for others to be worse
};

// What the dispatcher needs of a trial to carry on after a restart.
struct StoredTrial {
  int64_t trial_id = 0;
  int64_t number = 0;
  TrialState state = RUNNING;
  Point point;  // of the study's space; parameters unknown to it are left out
  std::vector<double> values;
  double violation = 0;  // by how much constraints are broken, summed in the order in which they were stored
  std::vector<Step> steps;
  std::optional<std::string> fixed_params;  // of a WAITING trial that was enqueued (stored_params.h)
  int32_t attempts = 0;
  int32_t lost_attempts = 0;    // those of them that were LOST or CRASHED
  int32_t failed_attempts = 0;  // those that ENDED, of a trial that is not final: its own failures, each tried again
  bool held = false;            // RUNNING by an attempt of ours (UnfinishedTrial in trial_changes.h)
  std::optional<StoredProgress> progress;  // of a trial that has paused and is not final
};

// Which trial it is, and how far.
struct TrialRow {
  int64_t trial_id = 0;
  int64_t number = 0;
  TrialState state = RUNNING;
};

// One try of a worker at a trial: row of parzen_attempts.
struct StoredAttempt {
  int64_t study_id = 0;
  int64_t trial_id = 0;
  int64_t trial_number = 0;
  int32_t attempt = 0;  // 1 for the first
  std::string token;
  std::string request_id;
  std::string worker_id;
  AttemptState state = OPEN;
  int64_t epoch = 0;             // of the coordinator that gave the lease
  bool embedded = false;         // its worker lived in the coordinator's process
  bool ended_by_worker = false;  // its own report closed it
  bool asked = false;            // `parzen trial ask` took it: it has no lease, and its worker is whoever asked
};

// A worker as it introduced itself: row of parzen_workers.
struct StoredWorker {
  std::string worker_id;
  std::string name;
  std::string host;
  int64_t pid = 0;
  int32_t slots = 0;
  int32_t threads = 0;
  bool embedded = false;
  bool allow_commands = false;
  bool draining = false;     // takes no more trials
  int64_t memory_bytes = 0;  // of each slot; 0: no limit
  std::vector<std::string> labels;
  std::vector<std::string> models;  // that it can train; empty: not said
  std::string version;
  double clock_ahead_seconds = 0;  // its clock less the coordinator's
};

// When the time limit of a study that is begun or resumed now is up; absl::InfiniteFuture() without one.
absl::Time DeadlineOf(const StudySpec& spec, absl::Time now);

inline constexpr size_t kMaxArtifactBytes = 256 << 20;
// Attribute values may not be larger; reasons and details of events are cut at this.
inline constexpr size_t kMaxTextBytes = 1 << 20;

class Store {
 public:
  enum class Mode {
    kReadOnly,   // the file must exist
    kReadWrite,  // the file must exist; tables of ours that are missing are added
    kCreate,     // like kReadWrite, but a missing file is made (its folder must exist)
  };

  // Opens and checks `path`. The error names the path and says what would be right.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& path, Mode mode);

  // Opens the file at the path anew and closes what was open, which may be another file by now. On an error all stays
  // as it was. Requires: no transaction is open, and no statement is in use.
  absl::Status Reopen();
  // Closes the file until Reopen; every read and write fails meanwhile. Requires: as Reopen.
  void Close() { database_.Close(); }

  // How often it was opened anew.
  int64_t reopened() const { return reopened_; }

  // --- Transactions. At most one is open; every method under "Writing" needs it.
  absl::Status Begin();
  // On error nothing of the transaction is stored, and it is over.
  absl::Status Commit();
  void Rollback();
  // What ended the open transaction before its Commit; OK while it is sound.
  const absl::Status& transaction_status() const { return broken_; }
  // Changes whenever another connection, of any program, has committed something since the last time; cheap. Inside a
  // transaction it stays what it was at Begin.
  absl::StatusOr<int64_t> DataVersion();

  // --- Writing.
  // AlreadyExists when the name is taken.
  absl::StatusOr<int64_t> CreateStudy(const StudySpec& spec, const std::vector<DatasetFile>& files, int64_t budget,
                                      absl::Time now);
  // Makes a study that another program made ours; its directions are to be the spec's. AlreadyExists when it is ours.
  absl::Status AdoptStudy(int64_t study_id, const StudySpec& spec, const std::vector<DatasetFile>& files,
                          int64_t budget, absl::Time now);
  absl::Status SetBudget(int64_t study_id, int64_t budget);
  // Replaces the study's dataset files.
  absl::Status SetFiles(int64_t study_id, const std::vector<DatasetFile>& files);
  absl::Status SetSpaceFinished(int64_t study_id, bool finished);
  absl::Status SetFinalResult(int64_t study_id, const FinalResult& result);
  absl::Status SetStopped(int64_t study_id, bool stopped);
  // absl::InfiniteFuture(): none.
  absl::Status SetDeadline(int64_t study_id, absl::Time deadline);
  // With its trials and everything that belongs to them, Optuna's rows and ours. NotFound.
  absl::Status DeleteStudy(int64_t study_id);

  // A new trial, RUNNING from `now`, with its parameters. Its number is the count of the study's trials.
  // FailedPrecondition when that is not `expected_number`: another writer was there.
  absl::StatusOr<int64_t> InsertTrial(int64_t study_id, int64_t expected_number, const SearchSpace& space,
                                      const Point& point, absl::Time now);
  // A new trial that WAITs, of whose point a part is given: what Optuna's enqueue_trial makes. Errors as InsertTrial.
  absl::StatusOr<int64_t> EnqueueTrial(int64_t study_id, int64_t expected_number, const SearchSpace& space,
                                       const Point& given);
  // The point of a trial that was enqueued, once it is complete. Replaces values that are stored already.
  absl::Status SetPoint(int64_t trial_id, const SearchSpace& space, const Point& point);
  // Moves a trial as CheckMove allows, re-reading its state in this transaction. RUNNING sets its start, a final state
  // its completion; WAITING clears the start. `values` go with COMPLETE (and PRUNED, where they may be left out), one
  // an objective; InvalidArgument for NaN, which no objective may be.
  absl::Status MoveTrial(int64_t trial_id, TrialState to, const std::vector<double>& values, absl::Time now);
  // All overwrite an earlier value of the same step or key, and need a trial that is not final: FailedPrecondition.
  // NaN and infinities are stored as Optuna does.
  absl::Status SetIntermediateValue(int64_t trial_id, int64_t step, double value);
  absl::Status SetTrialUserAttribute(int64_t trial_id, absl::string_view key, absl::string_view json);
  absl::Status SetTrialSystemAttribute(int64_t trial_id, absl::string_view key, absl::string_view json);
  // Replaces an earlier artifact of that name; a final trial may still get one. At most kMaxArtifactBytes.
  absl::Status PutArtifact(int64_t trial_id, absl::string_view name, absl::string_view media_type,
                           absl::string_view bytes);

  // Moves a RUNNING trial to WAITING, without clearing its start: it has paused. Its progress replaces that of an
  // earlier pause, and goes away with the trial's end, whoever ends it.
  absl::Status PauseTrial(int64_t trial_id, const TrialProgress& progress);
  // It may go on.
  absl::Status SetPromoted(int64_t trial_id);

  // It is connected.
  absl::Status PutWorker(const StoredWorker& worker, absl::Time now);
  absl::Status SetDraining(absl::string_view worker_id);
  // Whether it was to take no more trials when it was last heard of; false for one that is not known.
  absl::StatusOr<bool> IsDraining(absl::string_view worker_id);
  // It is not connected any more; an empty id means all workers.
  absl::Status DisconnectWorker(absl::string_view worker_id, absl::Time now);
  // With the time at which its trial was set RUNNING: that is how the two are known to belong together.
  absl::Status InsertAttempt(const StoredAttempt& attempt, absl::Time now);
  // An open attempt whose trial is RUNNING begins only now: it waited for its worker.
  absl::Status RestartAttempt(int64_t trial_id, absl::string_view token, absl::Time now);
  // Closes an open attempt, as any state but OPEN, with a reason where there is one. `reported`: what its worker said
  // it took, when the worker's own report closes it; null when somebody else does.
  absl::Status EndAttempt(absl::string_view token, AttemptState state, absl::string_view reason, absl::Time now,
                          const AttemptUsage* reported = nullptr);
  // Something worth keeping that belongs to no other table, such as a refused report: row of parzen_events.
  // `trial_id` 0: of the whole study.
  absl::Status AppendEvent(int64_t study_id, int64_t trial_id, absl::string_view kind, absl::string_view detail,
                           absl::Time now);

  // A coordinator owns the database from now on: its epoch, one more than the last.
  absl::StatusOr<int64_t> BeginEpoch(absl::string_view host, int64_t pid, absl::Time now);
  // The edit of that id has added this trial.
  absl::Status PutRequest(absl::string_view request_id, int64_t study_id, int64_t number, absl::Time now);

  // --- Reading. Sees the open transaction's own writes.
  // Names the database, the same for all its life.
  absl::StatusOr<std::string> ClusterId();
  // The trial that an edit added before: (study_id, number).
  absl::StatusOr<std::optional<std::pair<int64_t, int64_t>>> FindRequest(absl::string_view request_id);
  absl::StatusOr<StoredStudy> FindStudy(absl::string_view name);
  absl::StatusOr<std::vector<StoredStudy>> LoadStudies();
  // By number. FailedPrecondition when the numbers are not 0, 1, 2, ...: someone took rows away. Points may not fit the
  // space: numbers outside their ranges stay as they are, categories that do not exist are left out.
  absl::StatusOr<std::vector<StoredTrial>> LoadTrials(int64_t study_id, const SearchSpace& space);
  // Those of them that have these numbers.
  absl::StatusOr<std::vector<StoredTrial>> LoadTrials(int64_t study_id, const SearchSpace& space,
                                                      const std::vector<int64_t>& numbers);
  absl::StatusOr<std::vector<StoredAttempt>> LoadOpenAttempts();
  // nullopt when there is none.
  absl::StatusOr<std::optional<StoredAttempt>> FindAttemptByToken(absl::string_view token);
  absl::StatusOr<std::optional<StoredAttempt>> FindAttemptByRequest(absl::string_view request_id);
  // Where the trial paused last; nullopt when it has not, or is final.
  absl::StatusOr<std::optional<TrialProgress>> FindProgress(int64_t trial_id);
  // Whether there is an event of this kind of the trial whose detail begins so.
  absl::StatusOr<bool> HasEvent(int64_t study_id, int64_t trial_id, absl::string_view kind, absl::string_view begins);

  // --- For edits of any study, ours or not (store_edits.cc): what they look at of its trials, without loading them.
  // How many trials are in each state, by TrialState.
  absl::StatusOr<std::array<int64_t, TrialState_ARRAYSIZE>> CountTrials(int64_t study_id);
  // Trials of a study of ours that are sure to come to an end: those we run, and those that wait with values.
  absl::StatusOr<int64_t> CountComing(int64_t study_id);
  // Those that have paused, and wait.
  absl::StatusOr<int64_t> CountPaused(int64_t study_id);
  // NotFound says which numbers there are.
  absl::StatusOr<TrialRow> FindTrial(const StoredStudy& study, int64_t number);
  // nullopt when nobody of ours works on the trial.
  absl::StatusOr<std::optional<StoredAttempt>> FindOpenAttempt(int64_t trial_id);
  // How many workers' slots a trial has killed.
  absl::StatusOr<int64_t> CountWorkersCrashed(int64_t trial_id);
  // "" when no worker has the id.
  absl::StatusOr<std::string> WorkerName(absl::string_view worker_id);
  // nullopt when the trial has no such attribute.
  absl::StatusOr<std::optional<std::string>> FindSystemAttribute(int64_t trial_id, absl::string_view key);
  absl::StatusOr<int64_t> CountIntermediateValues(int64_t trial_id);
  // As EnqueueTrial above, under the next number and with the values as JSON (stored_params.h).
  absl::StatusOr<TrialRow> EnqueueTrial(int64_t study_id, absl::string_view fixed_params);

  // Whether the file has our tables: one that Optuna made and that was opened for reading has not.
  absl::StatusOr<bool> HasParzenTables();
  // The connection, for those who read what this class does not.
  Database& database() { return database_; }

 private:
  Store(Database database, bool writable) : database_(std::move(database)), writable_(writable) {}

  absl::Status RequireTransaction() const;
  // The rows of a study that are ours alone.
  absl::Status InsertOwnRows(int64_t study_id, const StudySpec& spec, const std::vector<DatasetFile>& files,
                             int64_t budget, absl::Time now);
  // Prepares, binds the values in order, runs. An error ends the transaction.
  absl::Status Write(absl::string_view sql, std::initializer_list<SqlValue> values);
  absl::Status UpdateOwnStudy(absl::string_view sql, SqlValue value, int64_t study_id);
  absl::Status CheckNameIsFree(absl::string_view study_name);
  // The count of the study's trials. NotFound.
  absl::StatusOr<int64_t> NextNumber(int64_t study_id);
  // FailedPrecondition when the next trial's number is not the expected one.
  absl::Status CheckNextNumber(int64_t study_id, int64_t expected_number);
  absl::Status SetTrialAttribute(absl::string_view sql, int64_t trial_id, absl::string_view key,
                                 absl::string_view json);
  // Why a write to a trial that must exist and not be final touched no row.
  absl::Status NoSuchOpenTrial(int64_t trial_id);
  absl::StatusOr<std::vector<StoredTrial>> LoadWantedTrials(int64_t study_id, const SearchSpace& space,
                                                            const std::optional<std::string>& numbers_json);
  absl::StatusOr<std::vector<StoredStudy>> LoadStudiesNamed(std::optional<absl::string_view> name);
  absl::StatusOr<std::optional<StoredAttempt>> FindAttempt(absl::string_view column, absl::string_view value);

  friend class Savepoint;
  friend class StudyImport;

  Database database_;
  const bool writable_;
  bool has_parzen_tables_ = false;
  absl::Status broken_;  // what ended the open transaction
  int64_t reopened_ = 0;
};

// A part of an open transaction that can be undone by itself: what is written while it lives is taken back by its
// destructor unless Keep was called. For requests that turn out to be wrong half way, which must not take the others of
// their group commit with them. May be nested.
class Savepoint {
 public:
  explicit Savepoint(Store& store);
  ~Savepoint();
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;

  const absl::Status& status() const { return status_; }
  // OK means that it is part of the transaction now.
  absl::Status Keep();

 private:
  Store& store_;
  absl::Status status_;
  bool open_ = false;
};

}  // namespace parzen
