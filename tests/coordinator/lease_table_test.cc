#include "coordinator/lease_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    table_.Grant(lease, now_);
  }
  std::vector<std::string> ExpireAfter(absl::Duration time) {
    now_ += time;
    std::vector<std::string> tokens;
    for (const ActiveLease& lease : table_.TakeExpired(now_)) tokens.push_back(lease.token);
    return tokens;
  }

  LeaseTable table_{kPeriod};
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

}  // namespace
}  // namespace parzen
