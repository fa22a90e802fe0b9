// The worker's end of its stream to the coordinator: one connection, from dialling to the end. A broken one is thrown
// away and a new one opened. It dials on a thread of its own: a name that is slow to be found, or a host that does not
// answer, holds up neither the worker's trials nor its stop.
//
// Threads: Send from one thread; the callbacks run on the stream's own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/stop.h"
#include "grpcpp/grpcpp.h"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/tls_files.h"

namespace parzen {

class CoordinatorStream {
 public:
  struct Callbacks {
    // There is a connection: messages can be sent.
    std::function<void()> on_open;
    std::function<void(CoordinatorMessage message)> on_message;
    // Told once, last: why the stream ended, or was not opened. Unavailable for a broken connection, or when there is
    // none within the time, with the reason where one is known; the coordinator's status otherwise.
    std::function<void(const absl::Status& reason)> on_end;
  };

  // Starts to dial, for so long at most. InvalidArgument: the TLS files, which are read now, cannot be used.
  static absl::StatusOr<std::unique_ptr<CoordinatorStream>> Open(const std::string& address, const TlsFiles& tls,
                                                                 absl::Duration timeout, Callbacks callbacks);
  // Cuts the stream, or ends the dial, and waits for the thread: no callback runs afterwards.
  ~CoordinatorStream();

  // Requires: on_open was called. False when the stream is broken; on_end tells why. Blocks while the coordinator does
  // not read.
  bool Send(const WorkerMessage& message);

 private:
  CoordinatorStream(std::shared_ptr<grpc::Channel> channel, std::string address, bool encrypted, Callbacks callbacks);

  void Run(absl::Duration timeout);
  // Whether there is a connection, once that is known or time is up.
  bool Connect(absl::Duration timeout) const;
  // Why there is none: only a call is told.
  absl::Status WhyUnreachable() const;

  const std::shared_ptr<grpc::Channel> channel_;
  const std::string address_;
  const bool encrypted_;
  const Callbacks callbacks_;
  const std::unique_ptr<WorkerService::Stub> stub_;
  Stop closing_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<WorkerMessage, CoordinatorMessage>> stream_;  // made before on_open
  std::thread thread_;
};

}  // namespace parzen
