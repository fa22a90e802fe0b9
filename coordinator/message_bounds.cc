#include "coordinator/message_bounds.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

absl::Status CheckToken(const Lease& lease) {
  if (lease.token().size() <= kMaxNameBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a lease's token has at most ", kMaxNameBytes, " bytes"));
}

template <typename Leases>
absl::Status CheckAll(const Leases& leases, int64_t slots) {
  if (leases.size() > std::max<int64_t>(2 * slots, 0)) {  // one that runs and one that comes next, for each slot
    return absl::InvalidArgumentError(absl::StrCat(leases.size(), " leases are more than a worker of ", slots,
                                                   slots == 1 ? " slot" : " slots", " has room for"));
  }
  for (const Lease& lease : leases) {
    if (const absl::Status token = CheckToken(lease); !token.ok()) return token;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckLeases(const WorkerMessage& message, int64_t slots) {
  switch (message.kind_case()) {
    case WorkerMessage::kHello:
      return CheckAll(message.hello().held(), slots);
    case WorkerMessage::kHeartbeat:
      return CheckAll(message.heartbeat().lease(), slots);
    case WorkerMessage::kReport:
      return CheckToken(message.report().lease());
    case WorkerMessage::kEnd:
      return CheckToken(message.end().lease());
    default:
      return absl::OkStatus();
  }
}

}  // namespace parzen
