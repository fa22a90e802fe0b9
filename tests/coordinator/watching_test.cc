// What those who watch a coordinator get to see: health, metrics, its services, its workers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/version.h"
#include "coordinator/server.h"
#include "grpcpp/generic/generic_stub.h"
#include "httplib.h"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"
#include "rpc/health_check.h"
#include "studies/store/sqlite.h"
#include "tests/coordinator/spoken_worker.h"

namespace parzen {
namespace {

using testing::HasSubstr;

using Worker = SpokenWorker;

constexpr absl::Duration kPatience = SpokenWorker::kPatience;

class WatchingTest : public testing::Test {
 protected:
  WatchingTest() {
    options_.db = absl::StrCat(testing::TempDir(), "/watching_", getpid(), "_", counter_++, ".db");
    options_.listen = "127.0.0.1:0";
    options_.http = "127.0.0.1:0";
    auto server = Server::Start(options_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = DialCoordinator(server_->address());
    studies_ = StudyService::NewStub(channel_);
    workers_ = WorkerService::NewStub(channel_);
  }
  ~WatchingTest() override {
    server_.reset();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) unlink((options_.db + suffix).c_str());
  }

  httplib::Result Get(const std::string& path) {
    return httplib::Client(absl::StrCat("http://", server_->http_address())).Get(path.c_str());
  }
  // The metrics once they contain `line`: the coordinator shows how things stand twice a second.
  std::string MetricsWith(const std::string& line) {
    std::string text;
    for (const absl::Time end = absl::Now() + kPatience; absl::Now() < end;) {
      const httplib::Result page = Get("/metrics");
      text = page ? page->body : "";
      if (text.find(line) != std::string::npos) break;
    }
    return text;
  }
  void CreateStudy() {
    CreateStudyRequest request;
    StudySpec& spec = *request.mutable_spec();
    spec.set_name("sphere");
    spec.add_objective()->set_metric("value");
    spec.mutable_objective(0)->set_direction(MINIMIZE);
    spec.mutable_function()->mutable_sphere();
    spec.mutable_search()->set_trials(1);
    ParameterSpec& x = *spec.add_parameter();
    x.set_name("x");
    x.mutable_float_()->set_low(0);
    x.mutable_float_()->set_high(1);
    grpc::ClientContext context;
    StudySummary reply;
    const grpc::Status status = studies_->CreateStudy(&context, request, &reply);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  static inline int counter_ = 0;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<StudyService::Stub> studies_;
  std::unique_ptr<WorkerService::Stub> workers_;
};

TEST_F(WatchingTest, HealthServiceSaysServing) {
  const absl::StatusOr<bool> serving = IsServing(channel_, kPatience);
  ASSERT_TRUE(serving.ok()) << serving.status();
  EXPECT_TRUE(*serving);
  EXPECT_EQ(Get("/healthz")->status, 200);
}

TEST_F(WatchingTest, HealthSaysWhyNothingCanBeStored) {
  ASSERT_EQ(rename(options_.db.c_str(), (options_.db + ".away").c_str()), 0);  // noticed within half a second
  httplib::Result page = Get("/healthz");
  for (const absl::Time end = absl::Now() + kPatience; page->status == 200 && absl::Now() < end;)
    page = Get("/healthz");
  EXPECT_EQ(page->status, 503);
  EXPECT_THAT(page->body, HasSubstr("moved away"));
  EXPECT_FALSE(IsServing(channel_, kPatience).value_or(true));
  EXPECT_THAT(MetricsWith("parzen_storing 0"), HasSubstr("parzen_storing 0"));
  ASSERT_EQ(rename((options_.db + ".away").c_str(), options_.db.c_str()), 0);
  for (const absl::Time end = absl::Now() + kPatience; page->status != 200 && absl::Now() < end;)
    page = Get("/healthz");
  EXPECT_EQ(page->status, 200);
  EXPECT_TRUE(IsServing(channel_, kPatience).value_or(false));
}

// Reads that would take for ever: gRPC has two threads for all streams and calls.
TEST_F(WatchingTest, LongReadsHoldUpNoWorkerAndEndWithTheirCallers) {
  CreateStudy();
  absl::StatusOr<Database> file = Database::Open(options_.db, Database::Mode::kReadWrite);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->Execute("DROP TABLE study_user_attributes; CREATE VIEW study_user_attributes AS WITH RECURSIVE "
                            "c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT -x AS study_id, x AS "
                            "study_user_attribute_id, 'k' AS \"key\", '1' AS value_json FROM c")
                  .ok());
  constexpr int kReads = 4;
  grpc::ClientContext contexts[kReads];
  std::vector<std::thread> reads;
  for (grpc::ClientContext& context : contexts) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + 3 * kPatience));
    reads.emplace_back([&] {
      GetStudyRequest request;
      request.set_study("sphere");
      StudySummary reply;
      EXPECT_EQ(studies_->GetStudy(&context, request, &reply).error_code(), grpc::StatusCode::CANCELLED);
    });
  }
  {
    Worker worker(*workers_, "w");
    WorkerMessage request;
    request.mutable_request()->set_request_id("r");
    worker.Say(request);
    EXPECT_TRUE(worker.Hear().has_assignment());
  }
  for (grpc::ClientContext& context : contexts) context.TryCancel();
  for (std::thread& read : reads) read.join();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  ListWorkersResponse reply;
  EXPECT_TRUE(studies_->ListWorkers(&context, ListWorkersRequest(), &reply).ok());
}

// What `grpcurl HOST:PORT list` does.
TEST_F(WatchingTest, ReflectionListsTheServices) {
  constexpr char kListServices[] = {0x3a, 0x01, '*'};  // ServerReflectionRequest.list_services
  grpc::GenericStub stub(channel_);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  const auto done = [&] {
    void* tag = nullptr;
    bool ok = false;
    return queue.AsyncNext(&tag, &ok, absl::ToChronoTime(absl::Now() + kPatience)) ==
               grpc::CompletionQueue::GOT_EVENT &&
           ok;
  };
  call->StartCall(nullptr);
  ASSERT_TRUE(done());
  const grpc::Slice bytes(kListServices, sizeof(kListServices));
  call->Write(grpc::ByteBuffer(&bytes, 1), nullptr);
  ASSERT_TRUE(done());
  grpc::ByteBuffer reply;
  call->Read(&reply, nullptr);
  ASSERT_TRUE(done());
  grpc::Slice answer;
  ASSERT_TRUE(reply.DumpToSingleSlice(&answer).ok());
  const std::string text(reinterpret_cast<const char*>(answer.begin()), answer.size());
  for (const char* service : {"parzen.WorkerService", "parzen.StudyService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(text, HasSubstr(service));
  }
  context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  queue.Shutdown();
}

TEST_F(WatchingTest, MetricsFollowATrialFromQueueToEnd) {
  CreateStudy();
  Worker worker(*workers_, "alice");
  EXPECT_THAT(MetricsWith("parzen_workers_connected 1"), HasSubstr("parzen_slots 2"));
  WorkerMessage message;
  message.mutable_request()->set_request_id("r1");
  worker.Say(message);
  const CoordinatorMessage assigned = worker.Hear();
  ASSERT_TRUE(assigned.has_assignment());
  EXPECT_THAT(MetricsWith("parzen_trials_running{study=\"sphere\"} 1"), HasSubstr("parzen_leases 1"));
  MetricValue& value = *message.mutable_end()->mutable_result()->add_metric();
  value.set_name("value");
  value.set_value(0.5);
  *message.mutable_end()->mutable_lease() = assigned.assignment().lease();
  worker.Say(message);
  EXPECT_TRUE(worker.Hear().end_ack().counted());
  const std::string metrics = MetricsWith("parzen_trials_total{state=\"complete\",study=\"sphere\"} 1");
  EXPECT_THAT(metrics, HasSubstr("parzen_attempts_total{event=\"started\",study=\"sphere\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("parzen_streams_open 1"));
  EXPECT_THAT(metrics, HasSubstr("parzen_epoch 1"));
}

TEST_F(WatchingTest, MessageThatBreaksTheProtocolIsCountedAsRefused) {
  Worker worker(*workers_, "mallory");
  WorkerMessage message;
  message.mutable_request();  // without its request_id
  worker.Say(message);
  EXPECT_THAT(MetricsWith("parzen_refused_total 1"), HasSubstr("parzen_refused_total 1"));
}

TEST_F(WatchingTest, CoordinatorSaysWhoItIs) {
  Worker worker(*workers_, "alice");
  grpc::ClientContext context;
  CoordinatorRecord record;
  ASSERT_TRUE(studies_->GetCoordinator(&context, GetCoordinatorRequest(), &record).ok());
  EXPECT_EQ(record.version(), kVersion);
  EXPECT_EQ(record.pid(), getpid());
  EXPECT_EQ(record.epoch(), 1);
  EXPECT_EQ(record.db(), options_.db);
  EXPECT_EQ(record.workers(), 1);
  EXPECT_GT(record.free_bytes(), 0);
  EXPECT_EQ(record.lease_seconds(), 10);
  EXPECT_LT(absl::AbsDuration(absl::FromUnixMicros(record.clock_micros()) - absl::Now()), kPatience);
}

TEST_F(WatchingTest, DrainedWorkerIsToldAndListedAsDraining) {
  Worker worker(*workers_, "alice");
  grpc::ClientContext context;
  DrainWorkerRequest request;
  request.set_name("alice");
  ListWorkersResponse drained;
  const grpc::Status status = studies_->DrainWorker(&context, request, &drained);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(drained.worker_size(), 1);
  EXPECT_EQ(drained.worker(0).name(), "alice");
  EXPECT_TRUE(drained.worker(0).draining());
  EXPECT_TRUE(worker.Hear().has_drain());
  grpc::ClientContext list_context;
  ListWorkersResponse workers;
  ASSERT_TRUE(studies_->ListWorkers(&list_context, ListWorkersRequest(), &workers).ok());
  ASSERT_EQ(workers.worker_size(), 1);
  EXPECT_TRUE(workers.worker(0).draining());
}

TEST_F(WatchingTest, DrainOfAWorkerThatIsNotThereIsNotFound) {
  grpc::ClientContext context;
  DrainWorkerRequest request;
  request.set_name("nobody");
  ListWorkersResponse drained;
  EXPECT_TRUE(absl::IsNotFound(FromGrpc(studies_->DrainWorker(&context, request, &drained))));
}

TEST_F(WatchingTest, HttpBeyondThisMachineIsRefused) {
  server_.reset();
  options_.http = "0.0.0.0:0";
  const absl::Status refusal = Server::Start(options_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("0.0.0.0"));
}

}  // namespace
}  // namespace parzen
