// Who works on which trial, and until when. A lease is granted in the transaction that sets its trial RUNNING, renewed
// by signs of life, and ends with the attempt or with its deadline, whichever comes first. Deadlines are steady time
// and live in memory only: after a restart every open attempt gets one fresh period.
//
// The life of a lease:
//   1. Grant      a worker asked, the trial is RUNNING, the attempt is on disk
//   2. Renew      any message that names it moves its deadline to now + period
//   3. Shorten    its worker's stream broke: it has a third of a period to come back
//   4. Forgive    the coordinator itself did not run: a fresh period, once between two Renews
//   5. Remove     the attempt ended; or TakeExpired: the deadline passed, the trial goes to another worker
//
// What is done for every message or batch costs the same however many leases there are, or grows with their logarithm.
//
// Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parzen {

struct ActiveLease {
  std::string token;
  int64_t study_id = 0;
  int64_t trial_id = 0;
  int64_t trial_number = 0;
  int32_t attempt = 0;
  std::string worker_id;
  absl::Duration limit = absl::InfiniteDuration();  // steady time beyond which no renewal moves the deadline
  absl::Duration deadline = absl::ZeroDuration();   // steady time
  bool forgiven = false;                            // since its worker was last heard
};

class LeaseTable {
 public:
  explicit LeaseTable(absl::Duration period) : period_(period) {}

  absl::Duration period() const { return period_; }

  // Sets the deadline to now + period, or to the limit. Requires: the token is new.
  void Grant(ActiveLease lease, absl::Duration now);
  // Null when the token has no lease. Valid until the next change.
  const ActiveLease* Find(absl::string_view token) const;
  // False when there is no such lease.
  bool Renew(absl::string_view token, absl::Duration now);
  // Gives all leases of a worker whose stream broke at most a third of a period more.
  void Shorten(absl::string_view worker_id, absl::Duration now);
  // Of all leases, and of limits that passed; as after a restart.
  void RenewAll(absl::Duration now);
  // Nobody was listened to for a while, and what was said meanwhile is still to be heard: all leases get a fresh
  // period, and limits that passed as long. Not those that got one without a Renew since: a pause after the other must
  // not keep the trial of a worker that is gone.
  void ForgivePause(absl::Duration now);
  void Remove(absl::string_view token);
  // All leases of a study, by trial number.
  std::vector<ActiveLease> OfStudy(int64_t study_id) const;
  // Removes and returns the leases whose deadline has passed, ordered by (study, trial number).
  std::vector<ActiveLease> TakeExpired(absl::Duration now);
  // When the next lease runs out; nullopt without leases.
  std::optional<absl::Duration> NextDeadline() const;
  int64_t size() const { return static_cast<int64_t>(leases_.size()); }
  void Clear();

 private:
  using Deadline = std::pair<absl::Duration, const ActiveLease*>;

  void SetDeadline(ActiveLease& lease, absl::Duration deadline);
  void GiveFreshPeriod(ActiveLease& lease, absl::Duration now);

  absl::Duration period_;
  absl::node_hash_map<std::string, ActiveLease> leases_;  // by token, at fixed addresses
  std::set<Deadline> deadlines_;                          // of all leases
  absl::flat_hash_map<std::string, absl::flat_hash_set<ActiveLease*>> by_worker_;
};

}  // namespace parzen
