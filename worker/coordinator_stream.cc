#include "worker/coordinator_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"

namespace parzen {

namespace {

// Why a channel does not connect: only a call is told.
absl::Status WhyUnreachable(const std::shared_ptr<grpc::Channel>& channel, const std::string& address, bool encrypted) {
  constexpr std::chrono::milliseconds kPatience(100);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const grpc::Status status = WorkerService::NewStub(channel)->Work(&context)->Finish();
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) {
    return absl::UnavailableError(absl::StrCat("no coordinator at ", address));
  }
  return absl::UnavailableError(
      absl::StrCat("no coordinator at ", address, ": ", DescribeDialFailure(status.error_message(), encrypted)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<CoordinatorStream>> CoordinatorStream::Open(const std::string& address,
                                                                           const TlsFiles& tls, absl::Duration timeout,
                                                                           OnMessage on_message, OnEnd on_end) {
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel, DialCoordinator(address, tls, Role::kWorker));
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout))) {
    return WhyUnreachable(channel, address, !tls.empty());
  }
  auto opened = std::unique_ptr<CoordinatorStream>(new CoordinatorStream(channel));
  opened->reader_ = std::thread(
      [stream = opened->stream_.get(), on_message = std::move(on_message), on_end = std::move(on_end), address] {
        CoordinatorMessage message;
        while (stream->Read(&message)) on_message(std::exchange(message, {}));
        const absl::Status status = FromGrpc(stream->Finish());
        on_end(status.ok() ? absl::UnavailableError(absl::StrCat("the coordinator at ", address, " closed the stream"))
                           : status);
      });
  return opened;
}

CoordinatorStream::CoordinatorStream(std::shared_ptr<grpc::Channel> channel)
    : stub_(WorkerService::NewStub(channel)), stream_(stub_->Work(&context_)) {}

CoordinatorStream::~CoordinatorStream() {
  context_.TryCancel();
  reader_.join();
}

bool CoordinatorStream::Send(const WorkerMessage& message) { return stream_->Write(message); }

}  // namespace parzen
