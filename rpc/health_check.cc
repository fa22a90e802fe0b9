#include "rpc/health_check.h"

#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "rpc/grpc_status.h"

namespace parzen {

// The two messages are an empty one (of the server as a whole) and one enum, so that no code is made for them.
absl::StatusOr<bool> IsServing(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout) {
  constexpr char kServing[] = {0x08, 0x01};  // field 1, SERVING
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  const grpc::Slice nothing("");
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer reply;
  grpc::Status status;
  absl::Notification done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request, &reply,
                 [&](grpc::Status ended) {
                   status = std::move(ended);
                   done.Notify();
                 });
  done.WaitForNotification();
  if (!status.ok()) return FromGrpc(status);
  grpc::Slice bytes;
  if (!reply.DumpToSingleSlice(&bytes).ok()) return absl::InternalError("an answer that cannot be read");
  const std::string answer(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  return answer == std::string(kServing, sizeof(kServing));
}

}  // namespace parzen
