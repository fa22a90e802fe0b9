#include "coordinator/entrance.h"

#include <grpcpp/resource_quota.h>
#include <grpcpp/support/server_interceptor.h>

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/listen_address.h"
#include "coordinator/role_check.h"
#include "rpc/tls_credentials.h"

namespace parzen {
namespace {

// Both ends ask a silent connection whether it lives; a peer that asks more often is sent away.
constexpr int kKeepaliveMilliseconds = 30'000;
constexpr int kKeepaliveTimeoutMilliseconds = 20'000;
constexpr int kShortestPingMilliseconds = 5'000;  // ours ask half as often (rpc/channel.cc)
// A connection without a call is closed after this long; its peer connects again when it has one.
constexpr int kIdleMilliseconds = 30 * 60'000;

absl::Status CheckGuarded(const EntranceOptions& options) {
  if (!options.tls.empty()) {
    if (absl::StartsWith(options.listen, "unix:")) {
      return absl::InvalidArgumentError("--tls: a Unix socket takes no TLS; the permissions of its folder guard it");
    }
    return ReadTlsIdentity(options.tls, Role::kCoordinator, absl::Now()).status();
  }
  if (IsLocalAddress(options.listen)) return absl::OkStatus();
  if (options.insecure) {
    spdlog::warn("--insecure: whoever reaches {} can read and change all studies; nothing is encrypted",
                 options.listen);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--listen ", options.listen, ": beyond this machine only with certificates, or anybody on the network could ",
      "read and change studies. Make them with\n  parzen cert init FOLDER\n  parzen cert coordinator FOLDER --host ",
      "NAME_OR_IP\n  parzen cert worker FOLDER\n  parzen cert client FOLDER\nand give --tls FOLDER here and to every ",
      "worker and command; --insecure does without"));
}

// Sees every call as it begins, whichever service it is for; intercepts none.
class CallNoticing final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallNoticing(Acceptor& acceptor) : acceptor_(acceptor) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override {
    acceptor_.Spoke(call->server_context()->peer());
    return nullptr;
  }

 private:
  Acceptor& acceptor_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Entrance>> Entrance::Open(const EntranceOptions& options) {
  RETURN_IF_ERROR(CheckListenAddress(options.listen));
  RETURN_IF_ERROR(CheckGuarded(options));
  ASSIGN_OR_RETURN(ListeningSockets sockets, ListeningSockets::Open(options.listen));
  return std::unique_ptr<Entrance>(new Entrance(options, std::move(sockets)));
}

Entrance::Entrance(EntranceOptions options, ListeningSockets sockets)
    : options_(std::move(options)),
      log_(options_.on_refusal),
      acceptor_(std::move(sockets), !options_.tls.empty(), options_.limits, log_),
      grpc_log_({.on_handshake_failure =
                     [this](const std::string& why) {
                       const absl::Duration now = ReadClock().steady;
                       log_.Add("a handshake", absl::StrCat(acceptor_.Suspects(now), ": ", why), now);
                     },
                 .on_too_long =
                     [this](uint64_t bytes) {
                       log_.Add("a message",
                                absl::StrCat(acceptor_.SendersOf(bytes), ": it has ", bytes, " bytes; at most ",
                                             kMaxReceivedBytes, " are taken"),
                                ReadClock().steady);
                     }}) {}

Entrance::~Entrance() { Stop(); }

void Entrance::AddTo(grpc::ServerBuilder& builder) {
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (!options_.tls.empty()) {
    credentials = ListenCredentials(options_.tls);
    credentials->SetAuthMetadataProcessor(std::make_shared<RoleCheck>([this](const std::string& what) {
      const absl::Duration now = ReadClock().steady;
      log_.Add("a call", absl::StrCat(acceptor_.Suspects(now), ": ", what), now);
    }));
  }
  connections_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, std::move(credentials));
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> noticing;
  noticing.push_back(std::make_unique<CallNoticing>(acceptor_));
  builder.experimental().SetInterceptorCreators(std::move(noticing));
  builder.SetMaxReceiveMessageSize(kMaxReceivedBytes);
  builder.SetMaxSendMessageSize(kMaxSentBytes);
  // Nobody of ours compresses, and what is compressed can grow a thousand times when it is read.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.SetResourceQuota(grpc::ResourceQuota("coordinator").Resize(kMaxGrpcBytes).SetMaxThreads(kMaxGrpcThreads));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(options_.limits.handshake)));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // an idle worker is sent none
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kShortestPingMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMilliseconds);
}

void Entrance::Start() {
  acceptor_.Start([this](int socket) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = -1;
    connection.fd = socket;
    connections_->HandleNewConnection(&connection);
  });
}

void Entrance::Stop() { acceptor_.Stop(); }

}  // namespace parzen
