// Who works for the coordinator, and how its attempts ended.
#include "studies/store/worker_list.h"

#include <utility>

#include "base/status_macros.h"
#include "studies/store/stored_value.h"
#include "studies/store/study_reader.h"

namespace parzen {
namespace {

constexpr size_t kMostWorkers = 10000;

WorkerRecord ToRecord(const Statement& row, const OpenAttempts& open) {
  WorkerRecord worker;
  worker.set_worker_id(row.Text(0));
  worker.set_name(row.Text(1));
  worker.set_host(row.Text(2));
  worker.set_pid(row.Int(3));
  worker.set_slots(static_cast<int32_t>(row.Int(4)));
  worker.set_threads(static_cast<int32_t>(row.Int(5)));
  worker.set_connected(row.Text(6));
  worker.set_disconnected(row.Text(7));
  worker.set_draining(row.Int(8) != 0);
  if (!row.IsNull(9)) worker.set_memory_bytes(row.Int(9));
  for (std::string& label : ReadJsonList(row, 10)) worker.add_label(std::move(label));
  for (std::string& model : ReadJsonList(row, 11)) worker.add_model(std::move(model));
  worker.set_version(row.Text(12));
  worker.set_allow_commands(row.Int(13) != 0);
  if (!row.IsNull(14)) worker.set_clock_ahead_seconds(row.Double(14));
  const auto running = open.find(worker.worker_id());
  // More than it has slots wait in it.
  const int64_t attempts = running == open.end() ? 0 : running->second;
  worker.set_running(std::min<int64_t>(attempts, worker.slots()));
  return worker;
}

// Looks at every attempt there was: a study of 100,000 trials takes some 30 ms.
absl::Status AddEndings(Database& database, std::vector<WorkerRecord>& workers) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT worker_id, sum(state = 'ENDED'), sum(state IN ('LOST', 'CRASHED')) "
                                    "FROM parzen_attempts GROUP BY worker_id"));
  std::map<std::string, std::pair<int64_t, int64_t>> endings;
  RETURN_IF_ERROR(query.ForEach([&] {
    endings[query.Text(0)] = {query.Int(1), query.Int(2)};
    return absl::OkStatus();
  }));
  for (WorkerRecord& worker : workers) {
    const auto& [ended, lost] = endings[worker.worker_id()];
    worker.set_ended(ended);
    worker.set_lost(lost);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OpenAttempts> CountOpenAttempts(Database& database) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT worker_id, count(*) FROM parzen_attempts WHERE state = 'OPEN' "
                                    "GROUP BY worker_id"));
  OpenAttempts open;
  RETURN_IF_ERROR(query.ForEach([&] {
    open[query.Text(0)] = query.Int(1);
    return absl::OkStatus();
  }));
  return open;
}

absl::StatusOr<std::vector<WorkerRecord>> ReadWorkers(Database& database, const OpenAttempts& open,
                                                      const WorkerFilter& wanted, size_t limit) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT worker_id, name, host, pid, slots, threads, last_seen, disconnected, "
                                    "draining, memory_bytes, labels, models, version, allow_commands, "
                                    "clock_ahead_seconds FROM parzen_workers ORDER BY name, worker_id"));
  std::vector<WorkerRecord> workers;
  RETURN_IF_ERROR(query.ForEach([&] {
    const bool connected = query.IsNull(7);
    if (workers.size() < limit && wanted(query.Text(0), connected)) workers.push_back(ToRecord(query, open));
    return absl::OkStatus();
  }));
  return workers;
}

absl::StatusOr<ListWorkersResponse> StudyReader::ListWorkers(const ListWorkersRequest& request) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  ListWorkersResponse response;
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  if (!ours) return response;
  ASSIGN_OR_RETURN(const OpenAttempts open, CountOpenAttempts(database_));
  ASSIGN_OR_RETURN(std::vector<WorkerRecord> workers,
                   ReadWorkers(
                       database_, open, [&](const std::string&, bool connected) { return connected || request.all(); },
                       kMostWorkers));
  RETURN_IF_ERROR(AddEndings(database_, workers));
  for (WorkerRecord& worker : workers) *response.add_worker() = std::move(worker);
  return response;
}

absl::StatusOr<CoordinatorRecord> StudyReader::GetCoordinator(const GetCoordinatorRequest&) {
  const Snapshot snapshot(database_);
  RETURN_IF_ERROR(snapshot.status());
  CoordinatorRecord record;
  record.set_db(database_.path());
  ASSIGN_OR_RETURN(const bool ours, store_.HasParzenTables());
  if (!ours) return record;
  ASSIGN_OR_RETURN(*record.mutable_cluster_id(), store_.ClusterId());
  ASSIGN_OR_RETURN(Statement & epoch, database_.Prepare("SELECT epoch, started, host, pid FROM parzen_epochs "
                                                        "ORDER BY epoch DESC LIMIT 1"));
  RETURN_IF_ERROR(epoch.ForEach([&] {
    record.set_epoch(epoch.Int(0));
    record.set_started(epoch.Text(1));
    record.set_host(epoch.Text(2));
    record.set_pid(epoch.Int(3));
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(Statement & workers,
                   database_.Prepare("SELECT count(*) FROM parzen_workers WHERE disconnected IS NULL"));
  RETURN_IF_ERROR(workers.ForEach([&] {
    record.set_workers(workers.Int(0));
    return absl::OkStatus();
  }));
  return record;
}

}  // namespace parzen
