#include "coordinator/lease_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace parzen {
namespace {

bool ByTrial(const ActiveLease& a, const ActiveLease& b) {
  return std::tie(a.study_id, a.trial_number) < std::tie(b.study_id, b.trial_number);
}

}  // namespace

void LeaseTable::Grant(ActiveLease lease, absl::Duration now) {
  lease.deadline = std::min(now + period_, lease.limit);
  std::string token = lease.token;
  leases_[std::move(token)] = std::move(lease);
}

const ActiveLease* LeaseTable::Find(absl::string_view token) const {
  const auto it = leases_.find(token);
  return it == leases_.end() ? nullptr : &it->second;
}

bool LeaseTable::Renew(absl::string_view token, absl::Duration now) {
  const auto it = leases_.find(token);
  if (it == leases_.end()) return false;
  it->second.deadline = std::min(now + period_, it->second.limit);
  return true;
}

void LeaseTable::Shorten(absl::string_view worker_id, absl::Duration now) {
  for (auto& [token, lease] : leases_) {
    if (lease.worker_id == worker_id) lease.deadline = std::min(lease.deadline, now + period_ / 3);
  }
}

void LeaseTable::Remove(absl::string_view token) { leases_.erase(token); }

std::vector<ActiveLease> LeaseTable::OfStudy(int64_t study_id) const {
  std::vector<ActiveLease> found;
  for (const auto& [token, lease] : leases_) {
    if (lease.study_id == study_id) found.push_back(lease);
  }
  std::sort(found.begin(), found.end(), ByTrial);
  return found;
}

std::vector<ActiveLease> LeaseTable::TakeExpired(absl::Duration now) {
  std::vector<ActiveLease> expired;
  absl::erase_if(leases_, [&](auto& entry) {
    if (entry.second.deadline > now) return false;
    expired.push_back(std::move(entry.second));
    return true;
  });
  std::sort(expired.begin(), expired.end(), ByTrial);
  return expired;
}

std::optional<absl::Duration> LeaseTable::NextDeadline() const {
  std::optional<absl::Duration> next;
  for (const auto& [token, lease] : leases_) next = std::min(next.value_or(lease.deadline), lease.deadline);
  return next;
}

}  // namespace parzen
