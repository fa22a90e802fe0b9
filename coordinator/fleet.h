// The workers that are connected, what each of them can do, and the requests of theirs that wait for a trial. Every
// look-up takes the same time however many there are.
//
// A worker is known by two names: the stream that speaks for it (ConnectionId), and its worker_id, which stays the same
// over reconnects. Of two streams with one worker_id the newer speaks; the older is forgotten with its requests.
//
// Threads: externally synchronised. No pointer outlives the next change.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "proto/study.pb.h"
#include "studies/store/store.h"

namespace parzen {

// One stream of one worker, named by the service that holds it.
using ConnectionId = int64_t;

// What the trials of a study ask of a worker.
struct TrialNeeds {
  bool command = false;             // they run a program
  int64_t memory_bytes = 0;         // in a slot
  std::vector<std::string> labels;  // all of them
  std::vector<std::string> models;  // all of them

  bool operator==(const TrialNeeds& other) const = default;
};

TrialNeeds NeedsOf(const StudySpec& spec);
// For people: "--allow-commands, --label gpu, the model svm".
std::string DescribeNeeds(const TrialNeeds& needs);
// Of what the trials need, what such a worker has not. One that does not say which models it has is taken to have them
// all, and one that does not say how much memory, enough.
TrialNeeds MissingNeeds(const StoredWorker& worker, const TrialNeeds& needs);
// Whether such a worker can do such trials: nothing is missing.
bool CanDo(const StoredWorker& worker, const TrialNeeds& needs);

struct ConnectedWorker {
  StoredWorker worker;
  std::string kind;  // equal for workers that can do the same trials
  int open_requests = 0;
};

struct WaitingRequest {
  ConnectionId connection = 0;
  std::string request_id;
};

class Fleet {
 public:
  void Connect(ConnectionId connection, StoredWorker worker);
  // Forgets its requests, too. No effect when it is not known (any more).
  void Disconnect(ConnectionId connection);
  void Clear();

  const ConnectedWorker* Find(ConnectionId connection) const;
  // The stream that speaks for the worker; nullopt when none does.
  std::optional<ConnectionId> ConnectionOf(absl::string_view worker_id) const;
  // By connection, so that their order is the same in every run.
  const std::map<ConnectionId, ConnectedWorker>& workers() const { return workers_; }
  // How many kinds of workers there are.
  size_t kinds() const { return kinds_.size(); }

  // Takes no more trials: forgets its requests.
  void SetDraining(ConnectionId connection);

  // The stream that waits under this request_id; nullopt when none does.
  std::optional<ConnectionId> WaitsFor(absl::string_view request_id) const;
  // Requires: the connection is known, and none waits under this request_id.
  void AddRequest(ConnectionId connection, const std::string& request_id);
  void RemoveRequest(const std::string& request_id);
  // Oldest first, by a number that only grows.
  const std::map<int64_t, WaitingRequest>& requests() const { return requests_; }

 private:
  void RemoveRequestsOf(ConnectionId connection);

  std::map<ConnectionId, ConnectedWorker> workers_;
  absl::flat_hash_map<std::string, ConnectionId> by_worker_id_;
  absl::flat_hash_map<std::string, int> kinds_;  // how many workers are of each
  std::map<int64_t, WaitingRequest> requests_;
  absl::flat_hash_map<std::string, int64_t> by_request_id_;
  int64_t requests_made_ = 0;
};

}  // namespace parzen
