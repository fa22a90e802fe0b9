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
// A worker may ask for trials before its slots are free. Of more leases than it has slots, the latest wait: they are
// held and renewed like others, but nothing runs yet. When one that runs is removed, the oldest that waits begins.
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
  bool waits = false;                               // for a slot of its worker
  int64_t place = 0;                                // in the order of grants
};

class LeaseTable {
 public:
  explicit LeaseTable(absl::Duration period) : period_(period) {}

  absl::Duration period() const { return period_; }

  // Sets the deadline to now + period, or to the limit. It waits when as many leases as its worker has `slots` do not.
  // Requires: the token is new.
  void Grant(ActiveLease lease, int slots, absl::Duration now);
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
  // The leases that waited and have begun since the last call, in the order in which they did; those only that are
  // left.
  std::vector<ActiveLease> TakeBegun();
  // How many leases of a worker do not wait, and how many of a study do.
  int64_t RunningAt(absl::string_view worker_id) const;
  int64_t WaitingOf(int64_t study_id) const;
  // All leases of a study, by trial number.
  std::vector<ActiveLease> OfStudy(int64_t study_id) const;
  // Removes and returns the leases whose deadline has passed, ordered by (study, trial number); each says whether it
  // waited until now.
  std::vector<ActiveLease> TakeExpired(absl::Duration now);
  // When the next lease runs out; nullopt without leases.
  std::optional<absl::Duration> NextDeadline() const;
  int64_t size() const { return static_cast<int64_t>(leases_.size()); }
  void Clear();

 private:
  using Deadline = std::pair<absl::Duration, const ActiveLease*>;
  struct Held {
    absl::flat_hash_set<ActiveLease*> leases;
    int64_t waiting = 0;  // of those
  };

  // The oldest of the worker's that wait, if one does.
  void BeginOldest(Held& held);
  void CountWaiting(Held& held, int64_t study_id, int by);
  void SetDeadline(ActiveLease& lease, absl::Duration deadline);
  void GiveFreshPeriod(ActiveLease& lease, absl::Duration now);

  absl::Duration period_;
  absl::node_hash_map<std::string, ActiveLease> leases_;  // by token, at fixed addresses
  std::set<Deadline> deadlines_;                          // of all leases
  absl::flat_hash_map<std::string, Held> by_worker_;
  absl::flat_hash_map<int64_t, int64_t> waiting_;  // by study id; none is 0
  std::vector<std::string> begun_;                 // tokens, since they were taken
  int64_t granted_ = 0;
};

}  // namespace parzen
