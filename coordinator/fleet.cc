#include "coordinator/fleet.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/descriptor.h"

namespace parzen {
namespace {

std::vector<std::string> Without(const std::vector<std::string>& all, const std::vector<std::string>& wanted) {
  std::vector<std::string> missing;
  for (const std::string& one : wanted) {
    if (std::find(all.begin(), all.end(), one) == all.end()) missing.push_back(one);
  }
  return missing;
}

std::string KindOf(const StoredWorker& worker) {
  return absl::StrCat(worker.allow_commands, "|", worker.memory_bytes, "|", absl::StrJoin(worker.labels, ","), "|",
                      absl::StrJoin(worker.models, ","));
}

}  // namespace

TrialNeeds NeedsOf(const StudySpec& spec) {
  TrialNeeds needs;
  needs.command = spec.has_command();
  needs.memory_bytes = spec.placement().memory_mb() * 1'000'000;
  needs.labels.assign(spec.placement().label().begin(), spec.placement().label().end());
  if (!spec.has_train()) return needs;
  const auto* model = TrainSpec::descriptor()->FindOneofByName("model");
  const auto* chosen = spec.train().GetReflection()->GetOneofFieldDescriptor(spec.train(), model);
  if (chosen != nullptr) needs.models.push_back(chosen->name());
  for (const ParameterSpec& parameter : spec.parameter()) {
    if (parameter.sets() != model->name()) continue;
    needs.models.assign(parameter.categorical().choice().begin(), parameter.categorical().choice().end());
  }
  return needs;
}

std::string DescribeNeeds(const TrialNeeds& needs) {
  std::vector<std::string> words;
  if (needs.command) words.push_back("--allow-commands");
  if (needs.memory_bytes > 0) words.push_back(absl::StrCat("--memory ", needs.memory_bytes / 1'000'000, "M"));
  for (const std::string& label : needs.labels) words.push_back(absl::StrCat("--label ", label));
  for (const std::string& model : needs.models) words.push_back(absl::StrCat("the model ", model));
  return absl::StrJoin(words, ", ");
}

TrialNeeds MissingNeeds(const StoredWorker& worker, const TrialNeeds& needs) {
  TrialNeeds missing;
  missing.command = needs.command && !worker.allow_commands;
  if (worker.memory_bytes > 0 && worker.memory_bytes < needs.memory_bytes) missing.memory_bytes = needs.memory_bytes;
  missing.labels = Without(worker.labels, needs.labels);
  if (!worker.models.empty()) missing.models = Without(worker.models, needs.models);
  return missing;
}

bool CanDo(const StoredWorker& worker, const TrialNeeds& needs) { return MissingNeeds(worker, needs) == TrialNeeds(); }

void Fleet::Connect(ConnectionId connection, StoredWorker worker) {
  if (const std::optional<ConnectionId> old = ConnectionOf(worker.worker_id); old.has_value()) Disconnect(*old);
  Disconnect(connection);
  by_worker_id_[worker.worker_id] = connection;
  std::string kind = KindOf(worker);
  ++kinds_[kind];
  workers_[connection] = {std::move(worker), std::move(kind), 0};
}

void Fleet::Disconnect(ConnectionId connection) {
  const auto found = workers_.find(connection);
  if (found == workers_.end()) return;
  RemoveRequestsOf(connection);
  const auto kind = kinds_.find(found->second.kind);
  if (--kind->second == 0) kinds_.erase(kind);
  by_worker_id_.erase(found->second.worker.worker_id);
  workers_.erase(found);
}

void Fleet::Clear() { *this = Fleet(); }

const ConnectedWorker* Fleet::Find(ConnectionId connection) const {
  const auto found = workers_.find(connection);
  return found == workers_.end() ? nullptr : &found->second;
}

std::optional<ConnectionId> Fleet::ConnectionOf(absl::string_view worker_id) const {
  const auto found = by_worker_id_.find(worker_id);
  return found == by_worker_id_.end() ? std::nullopt : std::optional<ConnectionId>(found->second);
}

void Fleet::SetDraining(ConnectionId connection) {
  const auto found = workers_.find(connection);
  if (found == workers_.end()) return;
  found->second.worker.draining = true;
  RemoveRequestsOf(connection);
}

std::optional<ConnectionId> Fleet::WaitsFor(absl::string_view request_id) const {
  const auto found = by_request_id_.find(request_id);
  if (found == by_request_id_.end()) return std::nullopt;
  return requests_.at(found->second).connection;
}

void Fleet::AddRequest(ConnectionId connection, const std::string& request_id) {
  const int64_t place = ++requests_made_;
  requests_[place] = {connection, request_id};
  by_request_id_[request_id] = place;
  ++workers_.at(connection).open_requests;
}

void Fleet::RemoveRequest(const std::string& request_id) {
  const auto found = by_request_id_.find(request_id);
  if (found == by_request_id_.end()) return;
  const auto request = requests_.find(found->second);
  --workers_.at(request->second.connection).open_requests;
  requests_.erase(request);
  by_request_id_.erase(found);
}

void Fleet::RemoveRequestsOf(ConnectionId connection) {
  if (workers_.at(connection).open_requests == 0) return;
  std::vector<std::string> gone;
  for (const auto& [place, request] : requests_) {
    if (request.connection == connection) gone.push_back(request.request_id);
  }
  for (const std::string& request_id : gone) RemoveRequest(request_id);
}

}  // namespace parzen
