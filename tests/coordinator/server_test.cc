#include "coordinator/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class ServerTest : public testing::Test {
 protected:
  ~ServerTest() override {
    for (const std::string& file : files_) {
      for (const char* suffix : {"", "-wal", "-shm", ".lock"}) unlink((file + suffix).c_str());
    }
  }
  ServerOptions Options() {
    ServerOptions options;
    options.db = absl::StrCat(testing::TempDir(), "/server_", getpid(), "_", counter_++, ".db");
    options.listen = "127.0.0.1:0";
    files_.push_back(options.db);
    return options;
  }
  static absl::Status Refusal(const ServerOptions& options) { return Server::Start(options).status(); }

  static inline int counter_ = 0;
  std::vector<std::string> files_;
};

TEST_F(ServerTest, AnswersOnThePortItNames) {
  const auto server = Server::Start(Options());
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = StudyService::NewStub(DialCoordinator((*server)->address()));
  grpc::ClientContext context;
  ListStudiesResponse reply;
  EXPECT_TRUE(stub->ListStudies(&context, ListStudiesRequest(), &reply).ok());
  EXPECT_EQ(reply.study_size(), 0);
}

TEST_F(ServerTest, UnknownStudyKeepsItsCodeAcrossTheWire) {
  const auto server = Server::Start(Options());
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = StudyService::NewStub(DialCoordinator((*server)->address()));
  grpc::ClientContext context;
  GetStudyRequest request;
  request.set_study("nobody");
  StudySummary reply;
  EXPECT_TRUE(absl::IsNotFound(FromGrpc(stub->GetStudy(&context, request, &reply))));
}

TEST_F(ServerTest, SecondCoordinatorOnOneFileIsToldWhoHoldsIt) {
  const ServerOptions options = Options();
  const auto first = Server::Start(options);
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status refusal = Refusal(options);
  EXPECT_TRUE(absl::IsAborted(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr(absl::StrCat("pid ", getpid())));
}

TEST_F(ServerTest, FileIsFreeAgainAfterStop) {
  const ServerOptions options = Options();
  {
    const auto first = Server::Start(options);
    ASSERT_TRUE(first.ok()) << first.status();
  }
  EXPECT_TRUE(Refusal(options).ok());
}

TEST_F(ServerTest, PortInUseIsNamed) {
  const auto first = Server::Start(Options());
  ASSERT_TRUE(first.ok()) << first.status();
  ServerOptions options = Options();
  options.listen = (*first)->address();
  const absl::Status refusal = Refusal(options);
  EXPECT_TRUE(absl::IsInvalidArgument(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("the port is in use"));
  EXPECT_NE(access(options.db.c_str(), F_OK), 0) << "a database was left behind";
}

TEST_F(ServerTest, ListensOnAUnixSocket) {
  ServerOptions options = Options();
  options.listen = absl::StrCat("unix:/tmp/parzen_server_test_", getpid(), ".sock");
  const auto server = Server::Start(options);
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = StudyService::NewStub(DialCoordinator((*server)->address()));
  grpc::ClientContext context;
  ListStudiesResponse reply;
  EXPECT_TRUE(stub->ListStudies(&context, ListStudiesRequest(), &reply).ok());
  unlink(options.listen.substr(5).c_str());
}

TEST_F(ServerTest, UnixSocketInUseIsNotStolen) {
  ServerOptions options = Options();
  options.listen = absl::StrCat("unix:/tmp/parzen_server_test_", getpid(), "_used.sock");
  const auto first = Server::Start(options);
  ASSERT_TRUE(first.ok()) << first.status();
  ServerOptions other = Options();
  other.listen = options.listen;
  EXPECT_THAT(std::string(Refusal(other).message()), HasSubstr("in use"));
  unlink(options.listen.substr(5).c_str());
}

TEST_F(ServerTest, SecondCoordinatorIsNotLetInByALink) {
  const ServerOptions options = Options();
  const auto first = Server::Start(options);
  ASSERT_TRUE(first.ok()) << first.status();
  ServerOptions linked = Options();
  ASSERT_EQ(symlink(options.db.c_str(), linked.db.c_str()), 0);
  EXPECT_TRUE(absl::IsAborted(Refusal(linked)));
}

// A worker that talks faster than the coordinator reads, and then cuts the stream, over and over.
TEST_F(ServerTest, FloodedAndCutStreamsHarmNobody) {
  const auto server = Server::Start(Options());
  ASSERT_TRUE(server.ok()) << server.status();
  const auto flood = [&](int thread) {
    const auto stub = WorkerService::NewStub(DialCoordinator((*server)->address()));
    for (int round = 0; round < 100; ++round) {
      grpc::ClientContext context;
      const auto stream = stub->Work(&context);
      WorkerMessage message;
      message.mutable_hello()->set_worker_id(absl::StrCat(thread, "/", round));
      message.mutable_hello()->set_slots(1);
      bool open = stream->Write(message);
      message.mutable_heartbeat()->add_lease()->set_token("none");  // replaces the hello
      for (int i = 0; open && i < 1200; ++i) open = stream->Write(message);
      context.TryCancel();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(flood, i);
  for (std::thread& thread : threads) thread.join();
  const auto stub = StudyService::NewStub(DialCoordinator((*server)->address()));
  grpc::ClientContext context;
  ListStudiesResponse reply;
  EXPECT_TRUE(stub->ListStudies(&context, ListStudiesRequest(), &reply).ok());
}

class ImportTest : public ServerTest {
 protected:
  ImportTest() {
    Start({});
    study_.mutable_study()->set_name("s");
    study_.mutable_study()->add_direction(MAXIMIZE);
    trial_.mutable_trial()->set_state(COMPLETE);
    trial_.mutable_trial()->add_value(1);
    end_.mutable_end()->set_trials(1);
  }
  void Start(const ServerLimits& limits) {
    ServerOptions options = Options();
    options.limits = limits;
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = StudyService::NewStub(DialCoordinator(server_->address()));
  }
  absl::Status Import(const std::vector<ImportStudyRequest>& parts) {
    grpc::ClientContext context;
    StudySummary reply;
    const auto writer = stub_->ImportStudy(&context, &reply);
    for (const ImportStudyRequest& part : parts) {
      if (!writer->Write(part)) break;
    }
    writer->WritesDone();
    return FromGrpc(writer->Finish());
  }
  int Studies() {
    grpc::ClientContext context;
    ListStudiesResponse reply;
    EXPECT_TRUE(stub_->ListStudies(&context, ListStudiesRequest(), &reply).ok());
    return reply.study_size();
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<StudyService::Stub> stub_;
  ImportStudyRequest study_, trial_, end_;
};

TEST_F(ImportTest, AnImportWithoutItsEndIsNotStored) {
  const absl::Status refusal = Import({study_, trial_});
  EXPECT_TRUE(absl::IsInvalidArgument(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("broke off"));
  EXPECT_EQ(Studies(), 0);
  EXPECT_TRUE(Import({study_, trial_, end_}).ok());
  EXPECT_EQ(Studies(), 1);
}

TEST_F(ImportTest, AnImportWhoseSenderDiesIsNotStored) {
  {
    grpc::ClientContext context;
    StudySummary reply;
    const auto writer = stub_->ImportStudy(&context, &reply);
    EXPECT_TRUE(writer->Write(study_));
    EXPECT_TRUE(writer->Write(trial_));
    context.TryCancel();
    EXPECT_FALSE(writer->Finish().ok());
  }
  // Nobody is told when the coordinator has noticed; an import of the name that gets through shows that it was free.
  absl::Status status = absl::UnavailableError("not tried");
  while (absl::IsUnavailable(status)) status = Import({study_, trial_, end_});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(ImportTest, OneImportIsTakenAtATime) {
  grpc::ClientContext context;
  StudySummary reply;
  const auto writer = stub_->ImportStudy(&context, &reply);
  writer->WaitForInitialMetadata();
  ASSERT_TRUE(writer->Write(study_));
  const absl::Status other = Import({study_});
  EXPECT_TRUE(absl::IsUnavailable(other)) << other;
  EXPECT_THAT(std::string(other.message()), HasSubstr("another import is under way"));
  ASSERT_TRUE(writer->Write(trial_));
  ASSERT_TRUE(writer->Write(end_));
  writer->WritesDone();
  const absl::Status first = FromGrpc(writer->Finish());
  EXPECT_TRUE(first.ok()) << first;
}

TEST_F(ImportTest, AnImportThatStandsStillMakesRoom) {
  ServerLimits limits;
  limits.sender_may_stand_still = absl::ZeroDuration();
  Start(limits);
  grpc::ClientContext context;
  StudySummary reply;
  const auto writer = stub_->ImportStudy(&context, &reply);
  writer->WaitForInitialMetadata();
  ASSERT_TRUE(writer->Write(study_));
  absl::Status status = absl::UnavailableError("not tried");
  const absl::Time end = absl::Now() + absl::Seconds(30);
  while (absl::IsUnavailable(status) && absl::Now() < end) status = Import({study_, trial_, end_});
  EXPECT_TRUE(status.ok()) << status;
  writer->WritesDone();
  EXPECT_FALSE(writer->Finish().ok()) << "it was cut off";
}

TEST_F(ServerTest, EveryCallIsCountedAtTheGate) {
  ServerOptions options = Options();
  options.limits.calls_per_second = 0.001;
  options.limits.call_burst = 1;
  const auto server = Server::Start(options);
  ASSERT_TRUE(server.ok()) << server.status();
  const auto stub = StudyService::NewStub(DialCoordinator((*server)->address()));
  const auto call = [&](auto method, auto request, auto reply) {
    grpc::ClientContext context;
    return FromGrpc((stub.get()->*method)(&context, request, &reply)).code();
  };
  using Stub = StudyService::Stub;
  EXPECT_EQ(call(&Stub::ListStudies, ListStudiesRequest(), ListStudiesResponse()), absl::StatusCode::kOk);
  constexpr auto kRefused = absl::StatusCode::kResourceExhausted;
  EXPECT_EQ(call(&Stub::GetCoordinator, GetCoordinatorRequest(), CoordinatorRecord()), kRefused);
  EXPECT_EQ(call(&Stub::DrainWorker, DrainWorkerRequest(), ListWorkersResponse()), kRefused);
  EXPECT_EQ(call(&Stub::PutFinalResult, PutFinalResultRequest(), PutFinalResultResponse()), kRefused);
  EXPECT_EQ(call(&Stub::CreateStudy, CreateStudyRequest(), StudySummary()), kRefused);
  grpc::ClientContext context;
  StudySummary reply;
  EXPECT_TRUE(absl::IsResourceExhausted(FromGrpc(stub->ImportStudy(&context, &reply)->Finish())));
}

TEST_F(ServerTest, AddressBeyondLoopbackNeedsCertificates) {
  ServerOptions options = Options();
  for (const char* address : {"0.0.0.0:7717", "192.168.1.1:80", "[::]:0", "example.org:1"}) {
    options.listen = address;
    EXPECT_THAT(std::string(Refusal(options).message()), HasSubstr("only with certificates")) << address;
  }
}

TEST_F(ServerTest, AddressThatIsNoneSaysWhatWouldBe) {
  ServerOptions options = Options();
  for (const char* address : {"", "localhost", "localhost:http", "127.0.0.1:70000", "unix:"}) {
    options.listen = address;
    EXPECT_TRUE(absl::IsInvalidArgument(Refusal(options))) << address;
  }
}

TEST_F(ServerTest, FolderThatDoesNotExistIsNamed) {
  ServerOptions options = Options();
  options.db = "/no/such/folder/s.db";
  EXPECT_THAT(std::string(Refusal(options).message()), HasSubstr("/no/such/folder"));
}

}  // namespace
}  // namespace parzen
