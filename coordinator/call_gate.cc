#include "coordinator/call_gate.h"

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

// Machines that are told apart; beyond that, those that were quiet are forgotten, and then all.
constexpr size_t kMaxMachines = 4096;

}  // namespace

absl::Status CallGate::Enter(absl::string_view peer, size_t bytes, absl::Duration now) {
  absl::Status refusal;
  {
    absl::MutexLock lock(&mutex_);
    if (!BucketOf(peer.substr(0, peer.rfind(':')), now).Take(now)) {
      refusal = absl::ResourceExhaustedError(
          absl::StrCat("more than ", limits_.calls_per_second, " calls a second; call less often"));
    } else if (bytes > kMaxRequestBytes) {
      refusal = absl::ResourceExhaustedError(
          absl::StrCat("a request of ", bytes, " bytes; at most ", kMaxRequestBytes, " are taken"));
    } else if (inside_ >= limits_.calls) {
      refusal = absl::ResourceExhaustedError(absl::StrCat(limits_.calls, " calls wait already; try again later"));
    } else {
      ++inside_;
      return absl::OkStatus();
    }
  }
  log_.Add("a call", absl::StrCat(peer, ": ", refusal.message()), now);
  return refusal;
}

void CallGate::Leave() {
  absl::MutexLock lock(&mutex_);
  --inside_;
}

TokenBucket& CallGate::BucketOf(absl::string_view machine, absl::Duration now) {
  const auto known = buckets_.find(machine);
  if (known != buckets_.end()) return known->second;
  if (buckets_.size() >= kMaxMachines) {
    absl::erase_if(buckets_, [now](auto& entry) { return entry.second.Full(now); });
    if (buckets_.size() >= kMaxMachines) buckets_.clear();
  }
  return buckets_.try_emplace(std::string(machine), limits_.calls_per_second, limits_.call_burst).first->second;
}

}  // namespace parzen
