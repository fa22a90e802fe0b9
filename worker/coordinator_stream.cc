#include "worker/coordinator_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"

namespace parzen {

absl::StatusOr<std::unique_ptr<CoordinatorStream>> CoordinatorStream::Open(const std::string& address,
                                                                           absl::Duration timeout, OnMessage on_message,
                                                                           OnEnd on_end) {
  const std::shared_ptr<grpc::Channel> channel = DialCoordinator(address);
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout))) {
    return absl::UnavailableError(absl::StrCat("no coordinator at ", address));
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
