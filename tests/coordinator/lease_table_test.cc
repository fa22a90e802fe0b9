#include "coordinator/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"

namespace parzen {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(9);

class LeaseTableTest : public testing::Test {
 protected:
  void Grant(const std::string& token, const std::string& worker, int64_t trial) {
    ActiveLease lease;
    lease.token = token;
    lease.worker_id = worker;
    lease.trial_number = trial;
    table_.Grant(lease, slots_, now_);
  }
  std::vector<std::string> ExpireAfter(absl::Duration time) {
    now_ += time;
    std::vector<std::string> tokens;
    for (const ActiveLease& lease : table_.TakeExpired(now_)) tokens.push_back(lease.token);
    return tokens;
  }

  std::vector<std::string> TakeBegun() {
    std::vector<std::string> tokens;
    for (const ActiveLease& lease : table_.TakeBegun()) tokens.push_back(lease.token);
    return tokens;
  }

  LeaseTable table_{kPeriod};
  int slots_ = 100;  // of every worker
  absl::Duration now_ = absl::Seconds(1000);
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(LeaseTableTest, ExpiredLeaseIsReturnedOnce) {
  Grant("a", "alice", 0);
  EXPECT_THAT(ExpireAfter(kPeriod - absl::Milliseconds(1)), IsEmpty());
  EXPECT_THAT(ExpireAfter(absl::Milliseconds(1)), ElementsAre("a"));
  EXPECT_THAT(ExpireAfter(kPeriod), IsEmpty());
}

TEST_F(LeaseTableTest, RenewedLeaseLivesAFullPeriodMore) {
  Grant("a", "alice", 0);
  now_ += kPeriod / 2;
  EXPECT_TRUE(table_.Renew("a", now_));
  EXPECT_THAT(ExpireAfter(kPeriod - absl::Milliseconds(1)), IsEmpty());
  EXPECT_THAT(ExpireAfter(absl::Milliseconds(1)), ElementsAre("a"));
}

TEST_F(LeaseTableTest, APauseGivesAFreshPeriodOnceBetweenTwoSignsOfLife) {
  Grant("a", "alice", 0);
  Grant("b", "bob", 1);
  now_ += 2 * kPeriod;
  table_.ForgivePause(now_);
  EXPECT_THAT(ExpireAfter(kPeriod - absl::Milliseconds(1)), IsEmpty());
  EXPECT_TRUE(table_.Renew("a", now_));
  now_ += 2 * kPeriod;
  table_.ForgivePause(now_);
  EXPECT_THAT(ExpireAfter(absl::ZeroDuration()), ElementsAre("b")) << "its worker was not heard after the first pause";
  EXPECT_THAT(ExpireAfter(kPeriod), ElementsAre("a"));
}

TEST_F(LeaseTableTest, APauseMovesALimitThatPassedMeanwhile) {
  ActiveLease lease;
  lease.token = "a";
  lease.limit = now_ + kPeriod;
  table_.Grant(lease, slots_, now_);
  now_ += 2 * kPeriod;
  table_.ForgivePause(now_);
  EXPECT_THAT(ExpireAfter(kPeriod - absl::Milliseconds(1)), IsEmpty());
  EXPECT_TRUE(table_.Renew("a", now_));
  EXPECT_THAT(ExpireAfter(absl::Milliseconds(1)), ElementsAre("a"));
}

TEST_F(LeaseTableTest, LeaseThatIsGoneCannotBeRenewed) {
  Grant("a", "alice", 0);
  table_.Remove("a");
  EXPECT_FALSE(table_.Renew("a", now_));
  EXPECT_EQ(table_.Find("a"), nullptr);
}

TEST_F(LeaseTableTest, BrokenStreamLeavesAThirdOfAPeriodToThatWorkerOnly) {
  Grant("a", "alice", 0);
  Grant("b", "bob", 1);
  table_.Shorten("alice", now_);
  EXPECT_THAT(ExpireAfter(kPeriod / 3), ElementsAre("a"));
  EXPECT_NE(table_.Find("b"), nullptr);
}

TEST_F(LeaseTableTest, BrokenStreamNeverLengthensALease) {
  Grant("a", "alice", 0);
  now_ += kPeriod - absl::Seconds(1);
  table_.Shorten("alice", now_);
  EXPECT_THAT(ExpireAfter(absl::Seconds(1)), ElementsAre("a"));
}

TEST_F(LeaseTableTest, ExpiredLeasesComeInTheOrderOfTheirTrials) {
  Grant("x", "alice", 2);
  Grant("y", "alice", 0);
  Grant("z", "alice", 1);
  EXPECT_THAT(ExpireAfter(kPeriod), ElementsAre("y", "z", "x"));
}

TEST_F(LeaseTableTest, NextDeadlineIsTheEarliestOne) {
  EXPECT_FALSE(table_.NextDeadline().has_value());
  Grant("a", "alice", 0);
  const absl::Duration first = now_ + kPeriod;
  now_ += absl::Seconds(1);
  Grant("b", "bob", 1);
  EXPECT_EQ(table_.NextDeadline(), first);
}

TEST_F(LeaseTableTest, RenewalMovesTheNextDeadlineToTheOtherLease) {
  Grant("a", "alice", 0);
  now_ += absl::Seconds(1);
  Grant("b", "bob", 1);
  const absl::Duration second = now_ + kPeriod;
  now_ += absl::Seconds(1);
  table_.Renew("a", now_);
  EXPECT_EQ(table_.NextDeadline(), second);
  table_.Remove("b");
  EXPECT_EQ(table_.NextDeadline(), now_ + kPeriod);
}

TEST_F(LeaseTableTest, TheOldestLeaseThatWaitsBeginsWhenOneThatRunsIsRemoved) {
  slots_ = 2;
  for (const int i : {0, 1, 2, 3, 4}) Grant(absl::StrCat("a", i), "alice", i);
  Grant("b", "bob", 5);
  EXPECT_FALSE(table_.Find("a1")->waits);
  EXPECT_TRUE(table_.Find("a2")->waits);
  EXPECT_EQ(table_.RunningAt("alice"), 2);
  EXPECT_EQ(table_.WaitingOf(0), 3);
  table_.Remove("a3");
  EXPECT_THAT(TakeBegun(), IsEmpty());
  table_.Remove("a1");
  table_.Remove("a0");
  EXPECT_THAT(TakeBegun(), ElementsAre("a2", "a4"));
  EXPECT_THAT(TakeBegun(), IsEmpty());
  EXPECT_EQ(table_.RunningAt("alice"), 2);
  EXPECT_EQ(table_.WaitingOf(0), 0);
}

TEST_F(LeaseTableTest, ALeaseThatBeganAndIsRemovedHasNotBegun) {
  slots_ = 1;
  for (const int i : {0, 1, 2}) Grant(absl::StrCat("a", i), "alice", i);
  table_.Remove("a0");
  table_.Remove("a1");
  EXPECT_THAT(TakeBegun(), ElementsAre("a2"));
}

TEST_F(LeaseTableTest, LeasesThatWaitedExpireAsSuchThoughOthersExpireWithThem) {
  slots_ = 1;
  for (const int i : {0, 1}) Grant(absl::StrCat("a", i), "alice", i);
  now_ += kPeriod;
  std::vector<bool> waited;
  for (const ActiveLease& lease : table_.TakeExpired(now_)) waited.push_back(lease.waits);
  EXPECT_THAT(waited, ElementsAre(false, true));
  EXPECT_THAT(TakeBegun(), IsEmpty());
}

// The table keeps indexes; this one looks at every lease.
TEST_F(LeaseTableTest, AgreesWithALinearSearchWhateverHappens) {
  slots_ = 3;
  std::map<std::string, std::pair<std::string, absl::Duration>> leases;  // token: worker, deadline
  RandomStream random(1, 0, "leases");
  for (int step = 0; step < 20'000; ++step) {
    now_ += absl::Milliseconds(100 * random.Uniform());
    const std::string token = absl::StrCat(static_cast<int>(50 * random.Uniform()));
    const std::string worker = absl::StrCat("worker-", static_cast<int>(5 * random.Uniform()));
    const double what = random.Uniform();
    if (what < 0.4) {
      if (leases.contains(token)) continue;
      Grant(token, worker, std::stoi(token));
      leases[token] = {worker, now_ + kPeriod};
    } else if (what < 0.7) {
      ASSERT_EQ(table_.Renew(token, now_), leases.contains(token));
      if (leases.contains(token)) leases[token].second = now_ + kPeriod;
    } else if (what < 0.9) {
      table_.Remove(token);
      leases.erase(token);
    } else if (what < 0.95) {
      table_.Shorten(worker, now_);
      for (auto& [held, lease] : leases) {
        if (lease.first == worker) lease.second = std::min(lease.second, now_ + kPeriod / 3);
      }
    } else {
      size_t expired = std::erase_if(leases, [&](const auto& lease) { return lease.second.second <= now_; });
      ASSERT_EQ(ExpireAfter(absl::ZeroDuration()).size(), expired);
    }
    std::optional<absl::Duration> next;
    for (const auto& [held, lease] : leases) next = std::min(next.value_or(lease.second), lease.second);
    ASSERT_EQ(table_.NextDeadline(), next) << "after step " << step;
    int64_t waiting = 0;
    for (const auto& [held, lease] : leases) waiting += table_.Find(held)->waits;
    ASSERT_EQ(table_.WaitingOf(0), waiting) << "after step " << step;
    const int64_t held = std::count_if(leases.begin(), leases.end(), [&](auto& l) { return l.second.first == worker; });
    ASSERT_EQ(table_.RunningAt(worker), std::min<int64_t>(held, slots_)) << "after step " << step;
  }
}

}  // namespace
}  // namespace parzen
