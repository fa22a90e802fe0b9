// What people are told of a coordinator that does not answer.
#include "cli/study_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

using testing::HasSubstr;

constexpr std::chrono::milliseconds kDeadline(1000);

// Never answers, until it is asked no more.
class BusyCoordinator final : public StudyService::CallbackService {
 public:
  grpc::ServerUnaryReactor* ListStudies(grpc::CallbackServerContext*, const ListStudiesRequest*,
                                        ListStudiesResponse*) override {
    class Waiting final : public grpc::ServerUnaryReactor {
      void OnCancel() override { Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }
    };
    return new Waiting;
  }
};

absl::Status ListStudies(int port) {
  const auto client = StudyClient::Create(absl::StrCat("127.0.0.1:", port), {}, kDeadline);
  EXPECT_TRUE(client.ok()) << client.status();
  return (*client)->ListStudies(ListStudiesRequest()).status();
}

TEST(StudyClientTest, ACoordinatorThatIsBusyIsNotCalledAbsent) {
  BusyCoordinator busy;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&busy);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const absl::Status status = ListStudies(port);
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("did not answer within 1 s; it may be busy"));
  server->Shutdown();
}

TEST(StudyClientTest, AProgramThatSaysNothingIsNoCoordinator) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where = {};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(where);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&where), size), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&where), &size);
  const absl::Status status = ListStudies(ntohs(where.sin_port));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("no coordinator at"));
  close(listener);
}

}  // namespace
}  // namespace parzen
