// A worker's stream to a real coordinator, spoken by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/version.h"
#include "proto/coordinator.grpc.pb.h"

namespace parzen {

class SpokenWorker {
 public:
  // What is not answered by then never is.
  static constexpr absl::Duration kPatience = absl::Seconds(20);

  SpokenWorker(WorkerService::Stub& stub, const std::string& name) : stream_(stub.Work(Patient(context_))) {
    WorkerMessage message;
    message.mutable_hello()->set_worker_id(absl::StrCat("id-of-", name));
    message.mutable_hello()->set_name(name);
    message.mutable_hello()->set_slots(2);
    message.mutable_hello()->set_version(kVersion);
    Say(message);
    EXPECT_TRUE(Hear().has_welcome());
  }
  ~SpokenWorker() {
    context_.TryCancel();
    stream_->Finish();
  }
  void Say(const WorkerMessage& message) { EXPECT_TRUE(stream_->Write(message)); }
  CoordinatorMessage Hear() {
    CoordinatorMessage message;
    EXPECT_TRUE(stream_->Read(&message));
    return message;
  }

 private:
  static grpc::ClientContext* Patient(grpc::ClientContext& context) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    return &context;
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<WorkerMessage, CoordinatorMessage>> stream_;
};

}  // namespace parzen
