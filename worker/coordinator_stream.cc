#include "worker/coordinator_stream.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"

namespace parzen {

absl::StatusOr<std::unique_ptr<CoordinatorStream>> CoordinatorStream::Open(const std::string& address,
                                                                           const TlsFiles& tls, absl::Duration timeout,
                                                                           Callbacks callbacks) {
  ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel, DialCoordinator(address, tls, Role::kWorker));
  auto stream = std::unique_ptr<CoordinatorStream>(
      new CoordinatorStream(std::move(channel), address, !tls.empty(), std::move(callbacks)));
  stream->thread_ = std::thread([opened = stream.get(), timeout] { opened->Run(timeout); });
  return stream;
}

CoordinatorStream::CoordinatorStream(std::shared_ptr<grpc::Channel> channel, std::string address, bool encrypted,
                                     Callbacks callbacks)
    : channel_(std::move(channel)),
      address_(std::move(address)),
      encrypted_(encrypted),
      callbacks_(std::move(callbacks)),
      stub_(WorkerService::NewStub(channel_)) {}

CoordinatorStream::~CoordinatorStream() {
  closing_.Request();
  context_.TryCancel();
  thread_.join();
}

void CoordinatorStream::Run(absl::Duration timeout) {
  if (!Connect(timeout)) return callbacks_.on_end(WhyUnreachable());
  stream_ = stub_->Work(&context_);
  callbacks_.on_open();
  CoordinatorMessage message;
  while (stream_->Read(&message)) callbacks_.on_message(std::exchange(message, {}));
  const absl::Status status = FromGrpc(stream_->Finish());
  callbacks_.on_end(status.ok()
                        ? absl::UnavailableError(absl::StrCat("the coordinator at ", address_, " closed the stream"))
                        : status);
}

bool CoordinatorStream::Connect(absl::Duration timeout) const {
  constexpr std::chrono::milliseconds kLook(50);  // whether the stream is wanted any more
  const auto deadline = std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout);
  for (;;) {
    const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
    if (state == GRPC_CHANNEL_READY) return true;
    const auto now = std::chrono::system_clock::now();
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || now >= deadline || closing_.Requested()) return false;
    channel_->WaitForStateChange(state, std::min(deadline, now + kLook));
  }
}

absl::Status CoordinatorStream::WhyUnreachable() const {
  constexpr std::chrono::milliseconds kPatience(100);
  const absl::Status unreachable = absl::UnavailableError(absl::StrCat("no coordinator at ", address_));
  if (closing_.Requested()) return unreachable;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  const grpc::Status status = stub_->Work(&context)->Finish();
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return unreachable;
  return absl::UnavailableError(
      absl::StrCat(unreachable.message(), ": ", DescribeDialFailure(status.error_message(), encrypted_)));
}

bool CoordinatorStream::Send(const WorkerMessage& message) { return stream_->Write(message); }

}  // namespace parzen
