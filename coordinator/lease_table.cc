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

void LeaseTable::Grant(ActiveLease lease, int slots, absl::Duration now) {
  lease.deadline = std::min(now + period_, lease.limit);
  lease.waits = RunningAt(lease.worker_id) >= slots;
  lease.place = ++granted_;
  const std::string token = lease.token;
  ActiveLease& granted = leases_[token] = std::move(lease);
  deadlines_.insert({granted.deadline, &granted});
  Held& held = by_worker_[granted.worker_id];
  held.leases.insert(&granted);
  if (granted.waits) CountWaiting(held, granted.study_id, 1);
}

const ActiveLease* LeaseTable::Find(absl::string_view token) const {
  const auto it = leases_.find(token);
  return it == leases_.end() ? nullptr : &it->second;
}

bool LeaseTable::Renew(absl::string_view token, absl::Duration now) {
  const auto it = leases_.find(token);
  if (it == leases_.end()) return false;
  it->second.forgiven = false;
  SetDeadline(it->second, std::min(now + period_, it->second.limit));
  return true;
}

void LeaseTable::Shorten(absl::string_view worker_id, absl::Duration now) {
  const auto it = by_worker_.find(worker_id);
  if (it == by_worker_.end()) return;
  for (ActiveLease* const lease : it->second.leases) SetDeadline(*lease, std::min(lease->deadline, now + period_ / 3));
}

void LeaseTable::ForgivePause(absl::Duration now) {
  for (auto& [token, lease] : leases_) {
    if (!std::exchange(lease.forgiven, true)) GiveFreshPeriod(lease, now);
  }
}

void LeaseTable::RenewAll(absl::Duration now) {
  for (auto& [token, lease] : leases_) {
    lease.forgiven = false;
    GiveFreshPeriod(lease, now);
  }
}

void LeaseTable::GiveFreshPeriod(ActiveLease& lease, absl::Duration now) {
  lease.limit = std::max(lease.limit, now + period_);
  SetDeadline(lease, now + period_);
}

void LeaseTable::SetDeadline(ActiveLease& lease, absl::Duration deadline) {
  auto entry = deadlines_.extract({lease.deadline, &lease});
  lease.deadline = deadline;
  entry.value().first = deadline;
  deadlines_.insert(std::move(entry));
}

void LeaseTable::Remove(absl::string_view token) {
  const auto it = leases_.find(token);
  if (it == leases_.end()) return;
  deadlines_.erase({it->second.deadline, &it->second});
  const auto worker = by_worker_.find(it->second.worker_id);
  Held& held = worker->second;
  held.leases.erase(&it->second);
  if (it->second.waits) {
    CountWaiting(held, it->second.study_id, -1);
  } else if (held.waiting > 0) {
    BeginOldest(held);
  }
  if (held.leases.empty()) by_worker_.erase(worker);
  leases_.erase(it);
}

void LeaseTable::BeginOldest(Held& held) {
  ActiveLease* oldest = nullptr;
  for (ActiveLease* const lease : held.leases) {
    if (lease->waits && (oldest == nullptr || lease->place < oldest->place)) oldest = lease;
  }
  oldest->waits = false;
  CountWaiting(held, oldest->study_id, -1);
  begun_.push_back(oldest->token);
}

void LeaseTable::CountWaiting(Held& held, int64_t study_id, int by) {
  held.waiting += by;
  if ((waiting_[study_id] += by) == 0) waiting_.erase(study_id);
}

std::vector<ActiveLease> LeaseTable::TakeBegun() {
  std::vector<ActiveLease> left;
  for (const std::string& token : std::exchange(begun_, {})) {
    if (const ActiveLease* const lease = Find(token); lease != nullptr) left.push_back(*lease);
  }
  return left;
}

int64_t LeaseTable::RunningAt(absl::string_view worker_id) const {
  const auto it = by_worker_.find(worker_id);
  return it == by_worker_.end() ? 0 : static_cast<int64_t>(it->second.leases.size()) - it->second.waiting;
}

int64_t LeaseTable::WaitingOf(int64_t study_id) const {
  const auto it = waiting_.find(study_id);
  return it == waiting_.end() ? 0 : it->second;
}

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
  for (auto it = deadlines_.begin(); it != deadlines_.end() && it->first <= now; ++it) expired.push_back(*it->second);
  for (const ActiveLease& lease : expired) Remove(lease.token);
  std::sort(expired.begin(), expired.end(), ByTrial);
  return expired;
}

std::optional<absl::Duration> LeaseTable::NextDeadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional<absl::Duration>(deadlines_.begin()->first);
}

void LeaseTable::Clear() {
  deadlines_.clear();
  by_worker_.clear();
  leases_.clear();
  waiting_.clear();
  begun_.clear();
}

}  // namespace parzen
