// The worker's end of its stream to the coordinator: one connection, from dialling to the end. A broken one is thrown
// away and a new one opened. Threads: Send from one thread; the callbacks run on a reader thread of the stream's own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/tls_files.h"

namespace parzen {

class CoordinatorStream {
 public:
  using OnMessage = std::function<void(CoordinatorMessage message)>;
  // Told once, last: why the stream ended. Unavailable for a broken connection; the coordinator's status otherwise.
  using OnEnd = std::function<void(const absl::Status& reason)>;

  // Unavailable when there is no connection within `timeout`, with the reason where one is known; InvalidArgument when
  // the TLS files, which are read now, cannot be used.
  static absl::StatusOr<std::unique_ptr<CoordinatorStream>> Open(const std::string& address, const TlsFiles& tls,
                                                                 absl::Duration timeout, OnMessage on_message,
                                                                 OnEnd on_end);
  // Cuts the stream and waits for the reader thread: no callback runs afterwards.
  ~CoordinatorStream();

  // False when the stream is broken; OnEnd tells why. Blocks while the coordinator does not read.
  bool Send(const WorkerMessage& message);

 private:
  explicit CoordinatorStream(std::shared_ptr<grpc::Channel> channel);

  std::unique_ptr<WorkerService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<WorkerMessage, CoordinatorMessage>> stream_;
  std::thread reader_;
};

}  // namespace parzen
