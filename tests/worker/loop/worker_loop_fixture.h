// The worker against a coordinator that follows a script: one function a stream, so that every loss and repeat of a
// message happens exactly where the case wants it.
#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/stop.h"
#include "proto/coordinator.grpc.pb.h"
#include "tests/worker/slots/watched_slot.h"
#include "worker/worker.h"

namespace parzen {

// One stream, as a script uses it.
class Session {
 public:
  explicit Session(grpc::ServerReaderWriter<CoordinatorMessage, WorkerMessage>* stream) : stream_(stream) {}

  // The next message that is not a heartbeat; of no kind when the worker has closed the stream.
  WorkerMessage Next() {
    WorkerMessage message;
    while (stream_->Read(&message) && message.has_heartbeat()) {
    }
    return message;
  }
  // Likewise, but a heartbeat counts.
  WorkerMessage NextOrHeartbeat() {
    WorkerMessage message;
    stream_->Read(&message);
    return message;
  }
  // As Next; fails the case when it is of another kind. Heartbeats count when they are expected.
  WorkerMessage Expect(WorkerMessage::KindCase kind) {
    WorkerMessage message;
    do {
      if (!stream_->Read(&message)) {
        ADD_FAILURE() << "the worker closed the stream instead of sending message kind " << kind;
        return {};
      }
    } while (message.kind_case() == WorkerMessage::kHeartbeat && kind != WorkerMessage::kHeartbeat);
    EXPECT_EQ(message.kind_case(), kind) << message.ShortDebugString();
    return message;
  }

  // Hello and Welcome.
  Hello Greet(double lease_seconds = 30, const std::string& cluster_id = "cluster") {
    const Hello hello = Expect(WorkerMessage::kHello).hello();
    Welcome(lease_seconds, cluster_id);
    return hello;
  }
  void Welcome(double lease_seconds = 30, const std::string& cluster_id = "cluster") {
    CoordinatorMessage message;
    message.mutable_welcome()->set_lease_seconds(lease_seconds);
    message.mutable_welcome()->set_cluster_id(cluster_id);
    stream_->Write(message);
  }
  std::string ExpectRequest() { return Expect(WorkerMessage::kRequest).request().request_id(); }
  StepReport ExpectReport() { return Expect(WorkerMessage::kReport).report(); }
  TrialEnd ExpectEnd() { return Expect(WorkerMessage::kEnd).end(); }

  void Assign(const std::string& request_id, const std::string& token, const TrialTask& task,
              double time_limit_seconds = 0) {
    CoordinatorMessage message;
    if (time_limit_seconds > 0) message.mutable_assignment()->set_time_limit_seconds(time_limit_seconds);
    message.mutable_assignment()->set_request_id(request_id);
    message.mutable_assignment()->mutable_lease()->set_token(token);
    *message.mutable_assignment()->mutable_task() = task;
    stream_->Write(message);
  }
  void Acknowledge(const std::string& token) {
    CoordinatorMessage message;
    message.mutable_end_ack()->mutable_lease()->set_token(token);
    message.mutable_end_ack()->set_counted(true);
    stream_->Write(message);
  }
  void Answer(const StepReport& report, bool stop) {
    CoordinatorMessage message;
    *message.mutable_verdict()->mutable_lease() = report.lease();
    message.mutable_verdict()->set_step(report.step());
    message.mutable_verdict()->set_stop(stop);
    stream_->Write(message);
  }
  void DropLease(const std::string& token) {
    CoordinatorMessage message;
    message.mutable_drop()->mutable_lease()->set_token(token);
    stream_->Write(message);
  }
  void DropRequest(const std::string& request_id) {
    CoordinatorMessage message;
    message.mutable_drop()->set_request_id(request_id);
    stream_->Write(message);
  }
  void Drain() {
    CoordinatorMessage message;
    message.mutable_drain();
    stream_->Write(message);
  }
  void ReadToTheEnd(bool acknowledge = true) {
    WorkerMessage message;
    while (stream_->Read(&message)) {
      if (acknowledge && message.has_end()) Acknowledge(message.end().lease().token());
    }
  }

 private:
  grpc::ServerReaderWriter<CoordinatorMessage, WorkerMessage>* stream_;
};

using Script = std::function<grpc::Status(Session& session)>;

class ScriptedCoordinator final : public WorkerService::Service {
 public:
  explicit ScriptedCoordinator(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~ScriptedCoordinator() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::Status Work(grpc::ServerContext*,
                    grpc::ServerReaderWriter<CoordinatorMessage, WorkerMessage>* stream) override {
    const size_t index = streams_++;
    Session session(stream);
    if (index < scripts_.size()) return scripts_[index](session);
    session.ReadToTheEnd();
    return grpc::Status::OK;
  }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  std::vector<Script> scripts_;
  std::atomic<size_t> streams_{0};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// Tens of milliseconds of training; or far more than a test would wait for.
inline TrialTask Task(int trees) {
  TrialTask task;
  TrainSpec& spec = *task.mutable_train()->mutable_spec();
  spec.mutable_dataset()->mutable_digits()->set_train(200);
  spec.mutable_dataset()->mutable_digits()->set_test(0);
  spec.mutable_random_forest()->set_trees(trees);
  return task;
}
inline constexpr int kShort = 2;
inline constexpr int kEndless = 100000;

class WorkerLoopTest : public testing::Test {
 protected:
  // Runs a worker against the scripts until one of them stops it; its status.
  absl::Status RunAgainst(std::vector<Script> scripts) {
    ScriptedCoordinator coordinator(std::move(scripts));
    return RunWorkerAt(coordinator.address(), stop_);
  }
  absl::Status RunWorkerAt(const std::string& address, const Stop& stop) const {
    WorkerOptions options;
    options.coordinator = address;
    options.name = "alice";
    options.threads = 1;
    options.slots = slots_;
    options.farewell = farewell_;
    options.first_connect = first_connect_;
    options.reconnect = reconnect_;
    options.allow_commands = allow_commands_;
    options.slot_program = slot_program_;
    options.cache = cache_;
    options.memory_bytes = memory_bytes_;
    options.labels = labels_;
    return RunWorker(options, stop, drain_);
  }
  // What a script does when the case is over.
  grpc::Status Over(Session& session) {
    stop_.Request();
    session.ReadToTheEnd();
    return grpc::Status::OK;
  }
  static grpc::Status Break() { return grpc::Status(grpc::StatusCode::UNAVAILABLE, "scripted"); }

  Stop stop_;
  Stop drain_;
  std::string slot_program_ = SlotProgram();
  std::string cache_;
  int slots_ = 1;
  int64_t memory_bytes_ = 0;
  std::vector<std::string> labels_;
  absl::Duration farewell_ = absl::Seconds(30);
  absl::Duration first_connect_ = absl::Seconds(5);
  absl::Duration reconnect_ = absl::Minutes(10);
  bool allow_commands_ = false;
};

}  // namespace parzen
