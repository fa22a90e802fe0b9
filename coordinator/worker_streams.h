// The coordinator's side of the workers' streams: reads messages into the commit loop, writes its answers.
//
// Each stream reads ahead by a bounded number of messages and holds a bounded number of unsent answers, so a worker
// that floods or does not read costs bounded memory and then its stream; so does one that says no Hello in time.
// Threads: internally synchronised; gRPC's threads read and write, the commit loop's thread sends.
#pragma once

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/commit_loop.h"
#include "coordinator/file_rpcs.h"
#include "coordinator/limits.h"
#include "coordinator/metrics.h"
#include "coordinator/refusal_log.h"
#include "proto/coordinator.grpc.pb.h"

namespace parzen {

class WorkerStreams final : public WorkerService::CallbackService, public Outlet {
 public:
  // Borrows the log.
  WorkerStreams(const ServerLimits& limits, RefusalLog& log);
  // Requires: the gRPC server has been shut down, so that no stream is left.
  ~WorkerStreams() override;

  // Call once, before the gRPC server starts. Borrows the loop.
  void set_loop(CommitLoop* loop) { loop_ = loop; }
  // The same. Told of streams and refusals.
  void set_metrics(Metrics* metrics) { metrics_ = metrics; }
  // The same for what hands out dataset files.
  void set_files(FileRpcs* files) { files_ = files; }

  grpc::ServerBidiReactor<WorkerMessage, CoordinatorMessage>* Work(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* GetFileManifest(grpc::CallbackServerContext* context, const FileManifestRequest* request,
                                            FileManifest* reply) override {
    return files_->GetFileManifest(context, request, reply);
  }
  grpc::ServerWriteReactor<FileChunk>* FetchFile(grpc::CallbackServerContext* context,
                                                 const FetchFileRequest* request) override {
    return files_->FetchFile(context, request);
  }

  void Send(ConnectionId connection, const CoordinatorMessage& message) override;
  void Flush() override;
  void Close(ConnectionId connection, const absl::Status& reason) override;
  void CloseAll(const absl::Status& reason) override;

 private:
  class Stream;
  class Surplus;

  void Received(const Stream& from, WorkerMessage message);
  void Ended(ConnectionId connection);
  std::shared_ptr<Stream> Find(ConnectionId connection);

  // Ends a stream for what its worker did.
  void Refuse(Stream& stream, const absl::Status& reason);

  const ServerLimits limits_;
  RefusalLog& log_;
  CommitLoop* loop_ = nullptr;
  Metrics* metrics_ = nullptr;
  FileRpcs* files_ = nullptr;
  absl::Mutex mutex_;
  ConnectionId next_connection_ ABSL_GUARDED_BY(mutex_) = 1;
  absl::flat_hash_map<ConnectionId, std::shared_ptr<Stream>> streams_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Stream>> unflushed_;  // of the commit loop's thread
};

}  // namespace parzen
