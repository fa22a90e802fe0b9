// When a trial is ended from outside, in time that the cases make.
#include "worker/slots/trial_watch.h"

#include <gtest/gtest.h>

namespace parzen {
namespace {

using Cause = TrialWatch::Cause;

constexpr absl::Duration At(int seconds) { return absl::Seconds(seconds); }

TEST(TrialWatchTest, NothingIsDueWithoutATrial) {
  TrialWatch watch({}, 1 << 20);
  watch.Cancelled(At(0));
  EXPECT_EQ(watch.next(), absl::InfiniteDuration());
  EXPECT_FALSE(watch.Check(At(1000)).kill);
}

TEST(TrialWatchTest, PingsComeOneAPeriodWhileTheyAreAnswered) {
  TrialWatch watch({}, 0);
  watch.Begin(absl::InfiniteDuration(), At(0));
  EXPECT_FALSE(watch.Check(At(4)).ping);
  for (int now = 5; now < 500; now += 5) {
    EXPECT_TRUE(watch.Check(At(now)).ping);
    EXPECT_FALSE(watch.Check(At(now)).kill);
    watch.Answered();
  }
}

TEST(TrialWatchTest, ThirtySecondsWithoutAnAnswerAreTooLong) {
  TrialWatch watch({}, 0);
  watch.Begin(absl::InfiniteDuration(), At(0));
  for (int now = 5; now < 35; now += 5) EXPECT_FALSE(watch.Check(At(now)).kill) << now;
  EXPECT_TRUE(watch.Check(At(35)).kill);
  EXPECT_EQ(watch.cause(), Cause::kHung);
}

TEST(TrialWatchTest, TimeInWhichTheWorkerItselfWasStoppedIsOneMissedPing) {
  TrialWatch watch({}, 0);
  watch.Begin(absl::InfiniteDuration(), At(0));
  EXPECT_TRUE(watch.Check(At(5)).ping);
  EXPECT_FALSE(watch.Check(At(5000)).kill);
  watch.Answered();
  EXPECT_TRUE(watch.Check(At(5005)).ping);
}

TEST(TrialWatchTest, LimitCancelsFirstAndKillsLater) {
  TrialWatch watch({}, 0);
  watch.Begin(absl::Seconds(7), At(0));
  EXPECT_EQ(watch.next(), At(5));
  EXPECT_FALSE(watch.Check(At(6)).cancel);
  TrialWatch::Orders orders = watch.Check(At(7));
  EXPECT_TRUE(orders.cancel);
  EXPECT_FALSE(orders.kill);
  watch.Answered();
  EXPECT_FALSE(watch.Check(At(16)).cancel);
  orders = watch.Check(At(17));
  EXPECT_TRUE(orders.kill);
  EXPECT_EQ(watch.cause(), Cause::kTimeUp);
}

TEST(TrialWatchTest, CancelledTrialIsKilledAfterTheGraceAndNotBlamedForItsLimit) {
  TrialWatch watch({}, 0);
  watch.Begin(absl::Seconds(5), At(0));
  watch.Cancelled(At(4));
  EXPECT_FALSE(watch.Check(At(13)).kill);
  EXPECT_TRUE(watch.Check(At(14)).kill);
  EXPECT_EQ(watch.cause(), Cause::kCancelled);
}

TEST(TrialWatchTest, SecondCancelDoesNotGiveMoreTime) {
  TrialWatch watch({}, 0);
  watch.Begin(absl::InfiniteDuration(), At(0));
  watch.Cancelled(At(0));
  watch.Cancelled(At(9));
  EXPECT_TRUE(watch.Check(At(10)).kill);
}

TEST(TrialWatchTest, MemoryIsLookedAtOnlyUnderALimitAndKillsBeyondIt) {
  TrialWatch free({}, 0);
  free.Begin(absl::InfiniteDuration(), At(0));
  EXPECT_FALSE(free.Check(At(2)).measure);
  TrialWatch watch({}, 1000);
  watch.Begin(absl::InfiniteDuration(), At(0));
  EXPECT_TRUE(watch.Check(At(1)).measure);
  watch.Measured(1000);
  EXPECT_FALSE(watch.Check(At(1)).kill);
  watch.Measured(1001);
  EXPECT_TRUE(watch.Check(At(1)).kill);
  EXPECT_EQ(watch.cause(), Cause::kOutOfMemory);
}

TEST(TrialWatchTest, NextTrialIsNotTheLastOne) {
  TrialWatch watch({}, 0);
  watch.Begin(absl::Seconds(1), At(0));
  watch.Check(At(1));
  watch.Check(At(20));
  watch.End();
  watch.Begin(absl::InfiniteDuration(), At(30));
  EXPECT_EQ(watch.cause(), Cause::kNone);
  EXPECT_FALSE(watch.Check(At(31)).kill);
}

}  // namespace
}  // namespace parzen
