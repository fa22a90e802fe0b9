// Workers come, ask, take no more, and go.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/dispatcher.h"
#include "coordinator/message_bounds.h"

namespace parzen {
namespace {

// Bounds on what a worker may say.
constexpr int kMaxSlots = 4096;
constexpr int kMaxWords = 256;  // labels, models

bool AreShort(const google::protobuf::RepeatedPtrField<std::string>& words) {
  if (words.size() > kMaxWords) return false;
  for (const std::string& word : words) {
    if (word.size() > kMaxNameBytes) return false;
  }
  return true;
}

absl::Status CheckHello(const Hello& hello) {
  if (hello.worker_id().empty() || hello.worker_id().size() > kMaxNameBytes || hello.name().size() > kMaxNameBytes ||
      hello.host().size() > kMaxNameBytes || hello.version().size() > kMaxNameBytes || !AreShort(hello.label()) ||
      !AreShort(hello.model())) {
    return absl::InvalidArgumentError(
        "Hello needs a worker_id; no name may be longer than 512 bytes, and there may be 256 labels and models");
  }
  if (hello.slots() < 1 || hello.slots() > kMaxSlots) {
    return absl::InvalidArgumentError(absl::StrCat("a worker has 1 to ", kMaxSlots, " slots, not ", hello.slots()));
  }
  return absl::OkStatus();
}

StoredWorker Introduced(const Hello& hello, Now now) {
  StoredWorker worker;
  worker.worker_id = hello.worker_id();
  worker.name = hello.name();
  worker.host = hello.host();
  worker.pid = hello.pid();
  worker.slots = hello.slots();
  worker.threads = hello.threads();
  worker.embedded = hello.embedded();
  worker.allow_commands = hello.allow_commands();
  worker.draining = hello.draining();
  worker.memory_bytes = hello.memory_bytes();
  worker.labels.assign(hello.label().begin(), hello.label().end());
  worker.models.assign(hello.model().begin(), hello.model().end());
  worker.version = hello.version();
  if (hello.has_clock_micros()) {
    worker.clock_ahead_seconds = absl::ToDoubleSeconds(absl::FromUnixMicros(hello.clock_micros()) - now.wall);
  }
  return worker;
}

}  // namespace

absl::Status Dispatcher::HandleHello(ConnectionId connection, const Hello& hello, Now now, absl::Status& refusal) {
  refusal = CheckHello(hello);
  // Each leaves a row and a line in the log.
  if (fleet_.Find(connection) != nullptr) refusal = absl::InvalidArgumentError("a stream says Hello once");
  if (!refusal.ok()) return absl::OkStatus();
  StoredWorker worker = Introduced(hello, now);
  worker.embedded = worker.embedded && process_.has_workers;  // anyone may say it
  // It may have been asked to take no more while it had no stream, or on one that broke before it heard.
  ASSIGN_OR_RETURN(const bool drains, store_.IsDraining(worker.worker_id));
  worker.draining = worker.draining || drains;
  RETURN_IF_ERROR(store_.PutWorker(worker, now.wall));
  if (!worker.embedded) {
    Log(spdlog::level::info, "worker {worker} connected ({slots} slots)",
        {{"worker", worker.name}, {"slots", worker.slots}, {"host", worker.host}, {"worker_id", worker.worker_id}});
  }
  // It may have come back on a new stream before the old one was seen to break: the new one speaks for it. But this may
  // be the old one, its Hello held up on the way: the worker notices when its stream is closed, and comes back.
  if (const std::optional<ConnectionId> other = fleet_.ConnectionOf(worker.worker_id);
      other.value_or(connection) != connection) {
    outbox_.push_back({*other, {}, /*close=*/true});
  }
  fleet_.Connect(connection, std::move(worker));
  warned_of_.clear();
  Welcome& welcome = *Send(connection).mutable_welcome();
  welcome.set_lease_seconds(absl::ToDoubleSeconds(leases_.period()));
  welcome.set_epoch(epoch_);
  welcome.set_cluster_id(cluster_id_);
  if (drains && !hello.draining()) Send(connection).mutable_drain();
  for (const Lease& lease : hello.held()) RenewOrDrop(connection, lease, now);
  return absl::OkStatus();
}

absl::Status Dispatcher::HandleRequest(ConnectionId connection, const TrialRequest& request, Now now,
                                       absl::Status& refusal) {
  const std::string& request_id = request.request_id();
  if (request_id.empty() || request_id.size() > kMaxNameBytes) {
    refusal = absl::InvalidArgumentError("a request_id has 1 to 512 bytes");
    return absl::OkStatus();
  }
  if (const std::optional<ConnectionId> waits = fleet_.WaitsFor(request_id); waits.has_value()) {
    if (*waits != connection) refusal = absl::InvalidArgumentError("another worker uses this request_id");
    return absl::OkStatus();
  }
  const ConnectedWorker& asks = *fleet_.Find(connection);
  if (asks.open_requests >= asks.worker.slots) {
    refusal = absl::InvalidArgumentError("more open requests than the worker has slots");
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::optional<StoredAttempt> given, store_.FindAttemptByRequest(request_id));
  if (!given.has_value()) {
    // One that is to take no more asked before it knew.
    if (!asks.worker.draining) fleet_.AddRequest(connection, request_id);
    return absl::OkStatus();
  }
  // The answer was lost on its way: give the same one again, if it still holds.
  const ActiveLease* lease = leases_.Find(given->token);
  if (lease == nullptr) {
    Drop& drop = *Send(connection).mutable_drop();
    drop.set_request_id(request_id);
    drop.set_reason("the trial this request was given was lost meanwhile; ask again under a new request_id");
    return absl::OkStatus();
  }
  leases_.Renew(given->token, now.steady);
  return SendAssignment(connection, request_id, *lease);
}

absl::Status Dispatcher::HandleDraining(ConnectionId connection) {
  const StoredWorker& worker = fleet_.Find(connection)->worker;
  if (!worker.embedded && !worker.draining) {
    Log(spdlog::level::info, "worker {worker} takes no more trials", {{"worker", worker.name}});
  }
  RETURN_IF_ERROR(store_.SetDraining(worker.worker_id));
  fleet_.SetDraining(connection);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Dispatcher::DrainWorkers(absl::string_view name) {
  std::vector<ConnectionId> meant;
  for (const auto& [connection, connected] : fleet_.workers()) {
    if (connected.worker.name == name || connected.worker.worker_id == name) meant.push_back(connection);
  }
  if (meant.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no worker \"", name, "\" is connected; `parzen worker list` names those that are"));
  }
  std::vector<std::string> worker_ids;
  for (const ConnectionId connection : meant) {
    worker_ids.push_back(fleet_.Find(connection)->worker.worker_id);
    RETURN_IF_ERROR(HandleDraining(connection));
    Send(connection).mutable_drain();
  }
  return worker_ids;
}

absl::Status Dispatcher::Disconnected(ConnectionId connection, Now now) {
  const ConnectedWorker* gone = fleet_.Find(connection);
  if (gone == nullptr) return absl::OkStatus();
  const StoredWorker& worker = gone->worker;
  leases_.Shorten(worker.worker_id, now.steady);
  RETURN_IF_ERROR(store_.DisconnectWorker(worker.worker_id, now.wall));
  if (!worker.embedded) Log(spdlog::level::info, "worker {worker} disconnected", {{"worker", worker.name}});
  fleet_.Disconnect(connection);
  return absl::OkStatus();
}

}  // namespace parzen
