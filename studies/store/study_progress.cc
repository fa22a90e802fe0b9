// How far a study is: what stays to be read for it is as much as runs at the moment, however long its history.
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/stored_value.h"
#include "studies/store/study_reader.h"
#include "studies/store/worker_list.h"

namespace parzen {
namespace {

constexpr size_t kMostRows = 1000;

// Trials in work.
struct Workload {
  OpenAttempts running;
  std::set<std::string> of_study;  // worker_ids
};

absl::Status ReadTrial(Database& database, int64_t trial_id, RunningTrial& running) {
  ASSIGN_OR_RETURN(Statement & query, database.Prepare("SELECT number, datetime_start FROM trials WHERE trial_id = ?"));
  return query.BindInt(1, trial_id).ForEach([&] {
    running.set_number(query.Int(0));
    running.set_started(query.Text(1));
    return absl::OkStatus();
  });
}

absl::Status ReadLastStep(Database& database, int64_t trial_id, RunningTrial& running) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT step, intermediate_value, intermediate_value_type "
                                    "FROM trial_intermediate_values WHERE trial_id = ? ORDER BY step DESC LIMIT 1"));
  return query.BindInt(1, trial_id).ForEach([&] {
    running.mutable_last_step()->set_step(query.Int(0));
    running.mutable_last_step()->set_value(ReadTypedValue(query, 1));
    return absl::OkStatus();
  });
}

// Whoever asked for a trial by hand is no worker of ours and stands in the attempt alone.
absl::Status ReadAttempt(Database& database, int64_t trial_id, RunningTrial& running) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT a.attempt, coalesce(w.name, a.worker_id) FROM parzen_attempts a "
                                    "LEFT JOIN parzen_workers w ON w.worker_id = a.worker_id "
                                    "WHERE a.trial_id = ? AND a.state = 'OPEN' ORDER BY a.attempt DESC LIMIT 1"));
  return query.BindInt(1, trial_id).ForEach([&] {
    running.set_attempt(static_cast<int32_t>(query.Int(0)));
    running.set_worker(query.Text(1));
    return absl::OkStatus();
  });
}

absl::StatusOr<Workload> ReadWorkload(Database& database, int64_t study_id) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT a.worker_id, t.study_id FROM parzen_attempts a "
                                    "JOIN trials t ON t.trial_id = a.trial_id WHERE a.state = 'OPEN'"));
  Workload workload;
  RETURN_IF_ERROR(query.ForEach([&] {
    const std::string worker_id = query.Text(0);
    ++workload.running[worker_id];
    if (query.Int(1) == study_id) workload.of_study.insert(worker_id);
    return absl::OkStatus();
  }));
  return workload;
}

absl::Status AddWorkers(Database& database, int64_t study_id, StudyProgress& progress) {
  ASSIGN_OR_RETURN(const Workload workload, ReadWorkload(database, study_id));
  const auto shown = [&](const std::string& worker_id, bool connected) {
    return connected || workload.of_study.count(worker_id) > 0;
  };
  ASSIGN_OR_RETURN(std::vector<WorkerRecord> workers, ReadWorkers(database, workload.running, shown, kMostRows));
  for (WorkerRecord& worker : workers) *progress.add_worker() = std::move(worker);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StudyProgress> StudyReader::GetProgress(const GetProgressRequest& request) {
  StudyDigests& digests = UsableDigests();
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ASSIGN_OR_RETURN(const StoredStudy study, FindStudy(request.study()));
  ASSIGN_OR_RETURN(const StudyDigest* digest, digests.Of(store_, study));
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  StudyProgress progress;
  ASSIGN_OR_RETURN(*progress.mutable_study(), Summarize(study, digest));
  for (const int64_t trial_id : digest->Running(kMostRows)) {
    RunningTrial& running = *progress.add_running();
    RETURN_IF_ERROR(ReadTrial(database_, trial_id, running));
    RETURN_IF_ERROR(ReadLastStep(database_, trial_id, running));
    if (ours) RETURN_IF_ERROR(ReadAttempt(database_, trial_id, running));
  }
  if (ours) RETURN_IF_ERROR(AddWorkers(database_, study.study_id, progress));
  if (study.directions.size() > 1) progress.set_front(digest->front());
  for (Improvement& improvement : digest->Improvements(kMostRows)) *progress.add_improvement() = std::move(improvement);
  return progress;
}

}  // namespace parzen
