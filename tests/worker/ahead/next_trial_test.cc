// A slot's next trial, in time that the cases make.
#include "worker/ahead/next_trial.h"

#include <gtest/gtest.h>

#include <string>

namespace parzen {
namespace {

constexpr absl::Duration kNever = absl::InfiniteDuration();
constexpr absl::Duration At(int seconds) { return absl::Seconds(seconds); }

// Of a worker whose trials take two seconds.
RecentTrials TwoSeconds() {
  RecentTrials recent(/*slots=*/2);
  for (size_t i = 0; i < RecentTrials::kTrials; ++i) recent.Took("study", absl::Seconds(2));
  return recent;
}

NextTrial::Waiting Trial(const std::string& token) {
  NextTrial::Waiting trial;
  trial.assignment.mutable_lease()->set_token(token);
  trial.cluster_id = "cluster";
  return trial;
}

TEST(NextTrialTest, IsAskedForOnceForEachTrialBeforeIt) {
  const RecentTrials recent = TwoSeconds();
  NextTrial next;
  EXPECT_EQ(next.AskAt(recent, "study"), kNever);
  for (const int began : {10, 20}) {
    next.Began(At(began));
    EXPECT_EQ(next.AskAt(recent, "study"), At(began) + absl::Milliseconds(1900));
    next.Asked();
    EXPECT_EQ(next.AskAt(recent, "study"), kNever);
  }
}

TEST(NextTrialTest, IsNotAskedForAheadWhereTrialsAreNotShort) {
  NextTrial next;
  next.Began(At(10));
  EXPECT_EQ(next.AskAt(RecentTrials(/*slots=*/2), "study"), kNever);
}

TEST(NextTrialTest, AsksWhileATrialRunsOnlyAndTellsHowLongThatTook) {
  NextTrial next;
  EXPECT_EQ(next.Ended(At(5)), std::nullopt);
  next.Began(At(10));
  EXPECT_EQ(next.Ended(At(13)), absl::Seconds(3));
  EXPECT_EQ(next.AskAt(TwoSeconds(), "study"), kNever);
  EXPECT_EQ(next.Ended(At(14)), std::nullopt);
}

TEST(NextTrialTest, WaitsWithItsLeaseUntilItIsTaken) {
  NextTrial next;
  EXPECT_EQ(next.lease(), nullptr);
  EXPECT_FALSE(next.Take().has_value());
  next.Wait(Trial("t"), At(10));
  ASSERT_NE(next.lease(), nullptr);
  EXPECT_EQ(next.lease()->token(), "t");
  const std::optional<NextTrial::Waiting> taken = next.Take();
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->assignment.lease().token(), "t");
  EXPECT_EQ(taken->cluster_id, "cluster");
  EXPECT_EQ(next.lease(), nullptr);
}

TEST(NextTrialTest, IsLateAfterAWhileHoweverOftenOthersWaitedBefore) {
  NextTrial next;
  EXPECT_EQ(next.LateAt(), kNever);
  next.Wait(Trial("t"), At(10));
  EXPECT_EQ(next.LateAt(), At(12));
  next.Take();
  EXPECT_EQ(next.LateAt(), kNever);
  next.Wait(Trial("u"), At(100));
  EXPECT_EQ(next.LateAt(), At(102));
}

TEST(NextTrialTest, IsNotAskedForAgainBeforeTheSlotIsFreeOnceItWasGivenBack) {
  NextTrial next;
  next.Began(At(10));
  next.Asked();
  next.Wait(Trial("t"), At(11));
  next.Take();
  EXPECT_EQ(next.AskAt(TwoSeconds(), "study"), kNever);
}

}  // namespace
}  // namespace parzen
