// A coordinator and its workers inside this process: what `parzen run` works with.
//
// Owns the server, a Unix socket in a fresh temporary folder, and one thread a worker; the destructor stops the
// workers, then the server, then removes the folder. Threads: WorkerStatus from any, the rest from one.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/stop.h"
#include "coordinator/server.h"
#include "worker/worker.h"

namespace parzen {

class EmbeddedCluster {
 public:
  // Starts the coordinator alone, for one study: others in the file stay as they are. Errors: what Server::Start says.
  static absl::StatusOr<std::unique_ptr<EmbeddedCluster>> Start(const std::string& db, const std::string& study);
  ~EmbeddedCluster();
  EmbeddedCluster(const EmbeddedCluster&) = delete;
  EmbeddedCluster& operator=(const EmbeddedCluster&) = delete;

  // What a client dials.
  const std::string& address() const { return server_->address(); }

  // Starts `workers` workers, whose slots are processes of this program. Called once; options.coordinator, embedded and
  // slot_program are set here.
  void StartWorkers(int workers, WorkerOptions options);
  // The error of the first worker that ended; OK while all of them work.
  absl::Status WorkerStatus() const;
  // Running trials are given back. Waits for the workers. Idempotent.
  void StopWorkers();

 private:
  EmbeddedCluster(std::string folder, std::unique_ptr<Server> server)
      : folder_(std::move(folder)), server_(std::move(server)) {}

  const std::string folder_;
  const std::unique_ptr<Server> server_;
  Stop stop_;
  const Stop never_;  // nobody drains them
  std::vector<std::thread> threads_;
  mutable absl::Mutex mutex_;
  absl::Status worker_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
