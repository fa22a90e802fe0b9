// Those who should not get in, or cost too much, against a real server on a real port, while an honest worker works on.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "coordinator/server.h"
#include "google/protobuf/text_format.h"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"
#include "rpc/tls_credentials.h"
#include "tests/coordinator/captured_log.h"
#include "tests/rpc/certificate_folder.h"

namespace parzen {
namespace {

using testing::HasSubstr;

// No answer may take longer.
constexpr absl::Duration kPatience = absl::Seconds(30);

// A worker of one slot on one stream that is never opened again: it works as long as nobody disturbs it.
class HonestWorker {
 public:
  explicit HonestWorker(const std::shared_ptr<grpc::Channel>& channel, std::string id = "honest")
      : id_(std::move(id)), stub_(WorkerService::NewStub(channel)), stream_(stub_->Work(&context_)) {
    WorkerMessage message;
    message.mutable_hello()->set_worker_id(id_);
    message.mutable_hello()->set_name(id_);
    message.mutable_hello()->set_slots(1);
    message.mutable_hello()->set_threads(1);
    EXPECT_TRUE(Say(message));
    EXPECT_TRUE(Hear().has_welcome());
  }
  ~HonestWorker() { context_.TryCancel(); }

  // Asks for a trial, does it, and hears that it counts.
  bool DoTrial() {
    WorkerMessage message;
    message.mutable_request()->set_request_id(absl::StrCat(id_, "/", ++requests_));
    if (!Say(message)) return false;
    const CoordinatorMessage assigned = Hear();
    if (!assigned.has_assignment()) return false;
    *message.mutable_end()->mutable_lease() = assigned.assignment().lease();
    MetricValue& metric = *message.mutable_end()->mutable_result()->add_metric();
    metric.set_name("value");
    metric.set_value(1);
    return Say(message) && Hear().end_ack().counted();
  }

 private:
  bool Say(const WorkerMessage& message) { return stream_->Write(message); }
  CoordinatorMessage Hear() {
    CoordinatorMessage message;
    EXPECT_TRUE(stream_->Read(&message));
    return message;
  }

  const std::string id_;
  std::unique_ptr<WorkerService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<WorkerMessage, CoordinatorMessage>> stream_;
  int requests_ = 0;
};

// A bare connection.
class RawPeer {
 public:
  explicit RawPeer(const std::string& address) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
    sockaddr_in where = {};
    where.sin_family = AF_INET;
    where.sin_port = htons(static_cast<uint16_t>(port));
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof(where)), 0);
  }
  RawPeer(RawPeer&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  ~RawPeer() { close(socket_); }

  void Say(absl::string_view bytes) { send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Waits until the other end closes; false when it does not.
  bool IsClosed() {
    char byte = 0;
    pollfd ready = {socket_, POLLIN, 0};
    while (poll(&ready, 1, static_cast<int>(absl::ToInt64Milliseconds(kPatience))) == 1) {
      if (recv(socket_, &byte, 1, 0) <= 0) return true;
    }
    return false;
  }

 private:
  int socket_;
};

// What a client says first, and then waits for an answer to: TLS's ClientHello, as gRPC writes it.
std::string RecordHello(const TlsFiles& files) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where = {};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(where);
  EXPECT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&where), size), 0);
  EXPECT_EQ(listen(listener, 1), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&where), &size);
  const auto channel = *DialCoordinator(absl::StrCat("127.0.0.1:", ntohs(where.sin_port)), files, Role::kClient);
  channel->GetState(/*try_to_connect=*/true);
  const int client = accept(listener, nullptr, nullptr);
  std::string hello(5, '\0');  // a record's head, with its length at the end
  EXPECT_EQ(recv(client, hello.data(), 5, MSG_WAITALL), 5);
  const size_t length = static_cast<uint8_t>(hello[3]) * 256u + static_cast<uint8_t>(hello[4]);
  hello.resize(5 + length);
  EXPECT_EQ(recv(client, hello.data() + 5, length, MSG_WAITALL), static_cast<ssize_t>(length));
  close(client);
  close(listener);
  return hello;
}

class AttackTest : public testing::Test {
 protected:
  explicit AttackTest(bool encrypted = true) : encrypted_(encrypted) {
    options_.db = absl::StrCat(testing::TempDir(), "/attack_", getpid(), "_", counter_++, ".db");
    options_.listen = "127.0.0.1:0";
    if (encrypted_) options_.tls = keys_.Files(Role::kCoordinator);
    options_.limits.handshake = kPatience;
    options_.limits.hello = kPatience;
  }
  ~AttackTest() override {
    honest_.reset();
    server_.reset();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) unlink((options_.db + suffix).c_str());
  }
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    ASSERT_TRUE(CreateStudy().ok());
    honest_ = std::make_unique<HonestWorker>(Dial(Role::kWorker));
    ASSERT_TRUE(honest_->DoTrial());
  }

  std::shared_ptr<grpc::Channel> Dial(Role role) const { return *DialCoordinator(address(), Files(role), role); }
  TlsFiles Files(Role role) const { return encrypted_ ? keys_.Files(role) : TlsFiles(); }
  virtual std::string address() const { return server_->address(); }

  absl::Status CreateStudy() const {
    CreateStudyRequest request;
    google::protobuf::TextFormat::ParseFromString(R"(
      name: "s" objective { direction: MINIMIZE } function { noop {} }
      parameter { name: "x" float { low: 0 high: 1 } } search { sampler { random {} } seed: 3 trials: 1000 })",
                                                  request.mutable_spec());
    grpc::ClientContext context;
    StudySummary reply;
    return FromGrpc(StudyService::NewStub(Dial(Role::kClient))->CreateStudy(&context, request, &reply));
  }
  static absl::Status ListStudies(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kPatience));
    ListStudiesResponse reply;
    return FromGrpc(StudyService::NewStub(channel)->ListStudies(&context, ListStudiesRequest(), &reply));
  }
  // How a worker's stream ends that says these messages; Unknown when it does not end.
  static absl::Status EndOfStream(const std::shared_ptr<grpc::Channel>& channel,
                                  const std::vector<WorkerMessage>& messages = {}) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kPatience));
    const auto stream = WorkerService::NewStub(channel)->Work(&context);
    for (const WorkerMessage& message : messages) stream->Write(message);
    CoordinatorMessage ignored;
    while (stream->Read(&ignored)) {
    }
    return FromGrpc(stream->Finish());
  }
  void ExpectLogged(const std::vector<std::string>& texts) const { EXPECT_EQ(log_.Miss(texts), ""); }
  // Nobody was disturbed: the honest worker's connection still works, and new ones are made.
  void ExpectUndisturbed() {
    EXPECT_TRUE(honest_->DoTrial());
    const absl::Status status = ListStudies(Dial(Role::kClient));
    EXPECT_TRUE(status.ok()) << status;
  }

  static inline int counter_ = 0;
  const bool encrypted_;
  CapturedLog log_;
  CertificateFolder keys_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<HonestWorker> honest_;
};

// Where little time is given, but enough for an honest peer on a busy machine.
class HastyTest : public AttackTest {
 protected:
  explicit HastyTest(bool encrypted = true) : AttackTest(encrypted) {
    options_.limits.handshake = absl::Seconds(1);
    options_.limits.hello = absl::Seconds(1);
  }
};

TEST_F(AttackTest, WrongAuthorityIsRefusedAndLogged) {
  CertificateFolder other;
  // Its own certificate is of another authority; it believes ours.
  TlsIdentity identity = *ReadTlsIdentity(other.Files(Role::kClient), Role::kClient, absl::Now());
  other.Write("/ca.crt", ReadPemFile(keys_.path() + "/ca.crt").value());
  identity.ca = ReadPemFile(other.path() + "/ca.crt").value();
  EXPECT_FALSE(ReadTlsIdentity(other.Files(Role::kClient), Role::kClient, absl::Now()).ok())
      << "noticed before dialling";
  EXPECT_TRUE(absl::IsUnavailable(ListStudies(grpc::CreateChannel(address(), DialCredentials(identity)))));
  ExpectLogged({"refused a handshake: 127.0.0.1:", "is not signed by our authority"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, CoordinatorOfAnotherAuthorityIsNotBelieved) {
  const CertificateFolder other;
  const absl::Status status = ListStudies(*DialCoordinator(address(), other.Files(Role::kClient), Role::kClient));
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(DescribeDialFailure(status.message(), true), HasSubstr("not signed by the authority in ca.crt here"));
  ExpectUndisturbed();
}

TEST_F(AttackTest, ExpiredCertificateIsRefusedOnBothEnds) {
  keys_.Issue(Role::kWorker, -absl::Hours(1));
  const TlsFiles files = keys_.Files(Role::kWorker);
  EXPECT_THAT(std::string(DialCoordinator(address(), files, Role::kWorker).status().message()),
              HasSubstr("worker.crt: has expired at "));
  const TlsIdentity identity = {ReadPemFile(files.certificate).value(), ReadPemFile(files.key).value(),
                                ReadPemFile(files.ca).value()};
  EXPECT_TRUE(absl::IsUnavailable(EndOfStream(grpc::CreateChannel(address(), DialCredentials(identity)))));
  ExpectLogged({"has expired"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, OwnExpiredCertificateKeepsACoordinatorFromStarting) {
  keys_.Issue(Role::kCoordinator, -absl::Hours(1));
  const absl::Status status = Server::Start(options_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("coordinator.crt: has expired at "));
}

TEST_F(AttackTest, EachRoleMayDoOnlyWhatIsItsOwn) {
  const absl::Status worker = ListStudies(Dial(Role::kWorker));
  EXPECT_TRUE(absl::IsPermissionDenied(worker));
  EXPECT_THAT(std::string(worker.message()), HasSubstr("role client, and a certificate of role worker was shown"));
  const absl::Status client = EndOfStream(Dial(Role::kClient));
  EXPECT_TRUE(absl::IsPermissionDenied(client));
  EXPECT_THAT(std::string(client.message()), HasSubstr("role worker, and a certificate of role client was shown"));
  ExpectLogged({"/parzen.StudyService/ListStudies by \"a test\""});
  ExpectUndisturbed();
}

TEST_F(AttackTest, ACoordinatorsCertificateIsNoneToCallWith) {
  const TlsIdentity identity = *ReadTlsIdentity(keys_.Files(Role::kCoordinator), Role::kCoordinator, absl::Now());
  EXPECT_FALSE(ListStudies(grpc::CreateChannel(address(), DialCredentials(identity))).ok());
  ExpectUndisturbed();
}

TEST_F(AttackTest, ACoordinatorAtAnotherNameIsNotBelieved) {
  const std::string port = address().substr(address().rfind(':'));
  const absl::StatusOr<std::shared_ptr<grpc::Channel>> channel =
      DialCoordinator(absl::StrCat("127.0.0.3", port), keys_.Files(Role::kClient), Role::kClient);
  ASSERT_TRUE(channel.ok());
  options_.listen = absl::StrCat("127.0.0.3", port);
  options_.db += "2";
  const absl::StatusOr<std::unique_ptr<Server>> other = Server::Start(options_);
  ASSERT_TRUE(other.ok()) << other.status();
  const absl::Status status = ListStudies(*channel);
  EXPECT_THAT(DescribeDialFailure(status.message(), true),
              HasSubstr("its certificate is for localhost, 127.0.0.1, ::1, not for 127.0.0.3"));
}

TEST_F(AttackTest, PeersThatDoNotEncryptAreRefusedAndLogged) {
  const absl::Status status = ListStudies(DialCoordinator(address()));
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(DescribeDialFailure(status.message(), false), HasSubstr("give --tls"));
  ExpectLogged({"it does not encrypt, and here only TLS is spoken"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, GarbageIsRefusedAndLogged) {
  for (const char* garbage : {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\xff\xff nonsense", "\x16\x03\x01\x00\x05 hello",
                              "SSH-2.0-OpenSSH_9.2\r\n"}) {
    RawPeer peer(address());
    peer.Say(absl::string_view(garbage, 20));
    EXPECT_TRUE(peer.IsClosed());
  }
  ExpectLogged({"refused a connection: 127.0.0.1:", "what it sends is not TLS"});
  ExpectUndisturbed();
}

TEST_F(HastyTest, PeersThatSayTooLittleAreClosedInTime) {
  std::vector<RawPeer> peers;
  for (int i = 0; i < 100; ++i) {
    peers.emplace_back(address());
    if (i % 2 == 0) peers.back().Say("\x16");
  }
  ExpectUndisturbed();  // while they hold
  for (RawPeer& peer : peers) EXPECT_TRUE(peer.IsClosed());
  ExpectLogged({"it said too little within 1s"});
  ExpectUndisturbed();
}

TEST_F(HastyTest, AHandshakeThatIsNotEndedIsClosedInTime) {
  // TLS's first record, whole; but the message in it goes on in records that never come.
  std::string hello("\x16\x03\x01\x00\x31\x01\x00\x01\x2d\x03\x03", 11);
  hello.append(32, 'r');
  hello.append("\x00\x00\x02\xc0\x2b\x01\x00\x00\x02\x00\x00", 11);
  RawPeer peer(address());
  peer.Say(hello);
  EXPECT_TRUE(peer.IsClosed());
  ExpectLogged({"refused a handshake: 127.0.0.1:", "it did not end its handshake in time"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, ManyThatSayNothingDoNotKeepOthersOut) {
  std::vector<RawPeer> peers;
  for (int i = 0; i < 1200; ++i) peers.emplace_back(address());
  ExpectUndisturbed();
  EXPECT_TRUE(peers.front().IsClosed()) << "the oldest had to make room";
  ExpectLogged({"it says nothing, and too many do"});
}

// Where few connections are allowed, as by `ulimit -n`.
class CrowdedTest : public AttackTest {
 protected:
  CrowdedTest() { options_.limits.connections = 24; }

  std::vector<RawPeer> Crowd(absl::string_view words) const {
    std::vector<RawPeer> peers;
    for (int i = 0; i < 100; ++i) {
      peers.emplace_back(address());
      peers.back().Say(words);
    }
    return peers;
  }
};

TEST_F(CrowdedTest, HandshakesThatAreNotEndedKeepNobodyOut) {
  std::vector<RawPeer> peers = Crowd(RecordHello(Files(Role::kClient)));
  ExpectUndisturbed();
  EXPECT_TRUE(peers.front().IsClosed()) << "the oldest had to make room";
  ExpectLogged({"it does not come to a call, and too many do not"});
}

TEST_F(CrowdedTest, SilenceKeepsNobodyOut) {
  std::vector<RawPeer> peers = Crowd("");
  ExpectUndisturbed();
  EXPECT_TRUE(peers.front().IsClosed()) << "the oldest had to make room";
}

// One socket takes IPv6 and IPv4, and calls peers of the latter otherwise than gRPC does.
class DualStackTest : public CrowdedTest {
 protected:
  DualStackTest() { options_.listen = "[::]:0"; }
  std::string address() const override {
    return absl::StrCat("127.0.0.1", server_->address().substr(server_->address().rfind(':')));
  }
};

TEST_F(DualStackTest, WhoHasCalledIsNotTakenForSilent) {
  std::vector<RawPeer> peers = Crowd(RecordHello(Files(Role::kClient)));
  EXPECT_TRUE(peers.front().IsClosed());
  EXPECT_TRUE(honest_->DoTrial()) << "it was sent away";
}

TEST_F(AttackTest, ADoorThatCannotWaitTriesAgain) {
  RawPeer peer(address());
  peer.Say("\x16");
  rlimit files = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit few = {1, files.rlim_max};  // poll takes no more sockets than a process may have files
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  peer.Say(absl::string_view("\x03\x01\x00\xff", 4));  // wakes it
  ExpectLogged({"refused connections: cannot wait for them"});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  ExpectUndisturbed();
}

TEST_F(HastyTest, AStreamWithoutHelloIsClosedInTime) {
  const absl::Status status = EndOfStream(Dial(Role::kWorker));
  EXPECT_TRUE(absl::IsDeadlineExceeded(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("says no Hello"));
  ExpectLogged({"refused a worker: ipv4:127.0.0.1:"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, AMessageThatIsTooLongEndsItsStreamAlone) {
  WorkerMessage message;
  message.mutable_hello()->set_name(std::string(kMaxReceivedBytes + 1, 'x'));
  const absl::Status status = EndOfStream(Dial(Role::kWorker), {message});
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  ExpectLogged({"refused a message: 127.0.0.1:", ": it has 33554443 bytes; at most 33554432 are taken"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, AMessageThatGrpcTakesMayBeTooLongForUs) {
  WorkerMessage message;
  message.mutable_hello()->set_name(std::string(kMaxRequestBytes, 'x'));
  const absl::Status status = EndOfStream(Dial(Role::kWorker), {message});
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  ExpectLogged({"refused a worker: ipv4:127.0.0.1:", "a message of 1677", "at most 16777216 are taken"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, AHeartbeatOfMoreLeasesThanThereIsRoomForIsRefused) {
  WorkerMessage hello, heartbeat;
  hello.mutable_hello()->set_worker_id("liar");
  hello.mutable_hello()->set_slots(1);
  for (int i = 0; i < 3; ++i) heartbeat.mutable_heartbeat()->add_lease();
  const absl::Status status = EndOfStream(Dial(Role::kWorker), {hello, heartbeat});
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  ExpectLogged({"refused a worker: ipv4:127.0.0.1:", "3 leases are more than a worker of 1 slot has room for"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, ATokenThatIsTooLongIsNotSentBack) {
  for (const bool is_end : {false, true}) {
    WorkerMessage hello, message;
    hello.mutable_hello()->set_worker_id("liar");
    hello.mutable_hello()->set_slots(1);
    Lease& lease = is_end ? *message.mutable_end()->mutable_lease() : *message.mutable_report()->mutable_lease();
    lease.set_token(std::string(1000, 'x'));
    const absl::Status status = EndOfStream(Dial(Role::kWorker), {hello, message});
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  }
  ExpectLogged({"refused a worker", "token has at most 512 bytes"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, QuestionsAboutFilesPassTheGateToo) {
  FindMissingFilesRequest request;
  request.add_file()->set_name(std::string(kMaxRequestBytes, 'x'));
  grpc::ClientContext context;
  FindMissingFilesResponse reply;
  EXPECT_TRUE(absl::IsResourceExhausted(
      FromGrpc(StudyService::NewStub(Dial(Role::kClient))->FindMissingFiles(&context, request, &reply))));
  FileManifestRequest manifest;
  manifest.set_sha256(std::string(kMaxRequestBytes, 'x'));
  grpc::ClientContext other;
  FileManifest none;
  EXPECT_TRUE(absl::IsResourceExhausted(
      FromGrpc(WorkerService::NewStub(Dial(Role::kWorker))->GetFileManifest(&other, manifest, &none))));
  ExpectUndisturbed();
}

TEST_F(AttackTest, ACallThatIsTooLongIsRefusedAlone) {
  CreateStudyRequest request;
  request.mutable_spec()->set_name(std::string(kMaxRequestBytes, 'x'));
  grpc::ClientContext context;
  StudySummary reply;
  const absl::Status status =
      FromGrpc(StudyService::NewStub(Dial(Role::kClient))->CreateStudy(&context, request, &reply));
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  ExpectLogged({"refused a call: ipv4:127.0.0.1:", ": a request of 16777226 bytes; at most 16777216 are taken"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, WhatIsShortOnlyWhileItIsCompressedIsRefused) {
  CreateStudyRequest request;
  request.mutable_spec()->set_name(std::string(kMaxReceivedBytes + 1, 'x'));
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  StudySummary reply;
  const absl::Status status =
      FromGrpc(StudyService::NewStub(Dial(Role::kClient))->CreateStudy(&context, request, &reply));
  EXPECT_TRUE(absl::IsUnimplemented(status)) << status;
  ExpectUndisturbed();
}

class NarrowTest : public AttackTest {
 protected:
  NarrowTest() {
    options_.limits.stream_messages_per_second = 10;
    options_.limits.stream_message_burst = 50;
    options_.limits.calls_per_second = 0.001;
    options_.limits.call_burst = 10;
    options_.limits.streams = 2;
  }
};

TEST_F(NarrowTest, AFloodEndsItsStreamAlone) {
  std::vector<WorkerMessage> flood(200);
  flood[0].mutable_hello()->set_worker_id("flood");
  flood[0].mutable_hello()->set_slots(1);
  for (size_t i = 1; i < flood.size(); ++i) flood[i].mutable_heartbeat();
  const absl::Status status = EndOfStream(Dial(Role::kWorker), flood);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("more than 10 messages a second"));
  ExpectUndisturbed();
}

TEST_F(NarrowTest, WhoCallsTooOftenIsToldSo) {
  const std::shared_ptr<grpc::Channel> channel = Dial(Role::kClient);
  absl::Status status;
  for (int i = 0; i < 11 && status.ok(); ++i) status = ListStudies(channel);
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  ExpectLogged({"calls a second; call less often"});
  EXPECT_TRUE(honest_->DoTrial());
}

TEST_F(NarrowTest, OneWorkerTooManyIsToldSo) {
  const HonestWorker second(Dial(Role::kWorker), "second");
  const absl::Status status = EndOfStream(Dial(Role::kWorker));
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_TRUE(honest_->DoTrial());
}

class UnencryptedTest : public HastyTest {
 protected:
  UnencryptedTest() : HastyTest(/*encrypted=*/false) {}
};

TEST_F(UnencryptedTest, PeersThatEncryptAreToldThatNobodyDoes) {
  const absl::Status status = ListStudies(*DialCoordinator(address(), keys_.Files(Role::kClient), Role::kClient));
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(DescribeDialFailure(status.message(), true), HasSubstr("does not speak TLS")) << status;
  ExpectLogged({"it encrypts, and this coordinator was started without --tls"});
  ExpectUndisturbed();
}

TEST_F(UnencryptedTest, GarbageAndSilenceAreClosed) {
  RawPeer garbage(address());
  garbage.Say("GET / HTTP/1.1\r\n\r\n");
  RawPeer half(address());
  half.Say("PRI * HTTP/2.0\r\n");
  RawPeer silent(address());
  EXPECT_TRUE(garbage.IsClosed());
  EXPECT_TRUE(half.IsClosed());
  EXPECT_TRUE(silent.IsClosed());
  ExpectLogged({"what it sends is not gRPC"});
  ExpectUndisturbed();
}

TEST_F(AttackTest, ReplacedFilesHoldForNewConnectionsAndOldOnesLiveOn) {
  keys_.NewAuthority();
  for (const Role role : {Role::kCoordinator, Role::kWorker, Role::kClient}) keys_.Issue(role);
  absl::Status status = absl::UnavailableError("not tried");
  const absl::Time deadline = absl::Now() + kPatience;
  while (!status.ok() && absl::Now() < deadline) status = ListStudies(Dial(Role::kClient));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(honest_->DoTrial()) << "its connection was made with the old files";
}

}  // namespace
}  // namespace parzen
