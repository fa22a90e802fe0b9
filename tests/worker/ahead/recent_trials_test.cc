// When a slot may ask before its trial has ended, after trials of the lengths that the cases tell.
#include "worker/ahead/recent_trials.h"

#include <gtest/gtest.h>

namespace parzen {
namespace {

constexpr absl::Duration kNever = absl::InfiniteDuration();

// After kTrials trials of which the last was the odd one.
absl::Duration AskAfter(absl::Duration each, absl::Duration last, int slots = 2) {
  RecentTrials recent(slots);
  for (size_t i = 1; i < RecentTrials::kTrials; ++i) recent.Took("study", each);
  recent.Took("study", last);
  return recent.AskAfter("study");
}

TEST(RecentTrialsTest, AskingIsAheadOfTheEndByALittle) {
  EXPECT_EQ(AskAfter(absl::Seconds(1), absl::Seconds(1)), absl::Milliseconds(900));
  EXPECT_EQ(AskAfter(absl::Seconds(5), absl::Seconds(5)), absl::Milliseconds(4900));
}

TEST(RecentTrialsTest, AskingIsNeverBeforeHalfOfATrial) {
  EXPECT_EQ(AskAfter(absl::Milliseconds(20), absl::Milliseconds(20)), absl::Milliseconds(10));
  EXPECT_EQ(AskAfter(absl::Milliseconds(200), absl::Milliseconds(200)), absl::Milliseconds(100));
}

TEST(RecentTrialsTest, LongTrialsAreNotAskedForAhead) {
  EXPECT_EQ(AskAfter(absl::Seconds(5), absl::Seconds(5) + absl::Milliseconds(1)), kNever);
  EXPECT_EQ(AskAfter(absl::Hours(1), absl::Hours(1)), kNever);
}

TEST(RecentTrialsTest, AsksAheadInTrialsOfTheStudyThatItKnowsOnly) {
  RecentTrials recent(/*slots=*/2);
  for (size_t i = 0; i < RecentTrials::kTrials; ++i) recent.Took("short", absl::Seconds(1));
  EXPECT_EQ(recent.AskAfter("long"), kNever);
  recent.Took("long", absl::Seconds(1));
  EXPECT_EQ(recent.AskAfter("short"), kNever);
  EXPECT_EQ(recent.AskAfter("long"), kNever);
  for (size_t i = 1; i < RecentTrials::kTrials; ++i) recent.Took("long", absl::Seconds(2));
  EXPECT_EQ(recent.AskAfter("long"), kNever) << "the first took less";
  recent.Took("long", absl::Seconds(2));
  EXPECT_EQ(recent.AskAfter("long"), absl::Milliseconds(1900));
}

TEST(RecentTrialsTest, TrialsWhoseLengthsDifferAreNotAskedForAhead) {
  EXPECT_EQ(AskAfter(absl::Seconds(1), absl::Seconds(2)), kNever);
  EXPECT_EQ(AskAfter(absl::Seconds(2), absl::Seconds(1)), kNever);
  EXPECT_EQ(AskAfter(absl::Seconds(1), absl::Milliseconds(1351)), kNever);
  EXPECT_EQ(AskAfter(absl::Seconds(1), absl::Milliseconds(1350)), absl::Milliseconds(900));
  EXPECT_EQ(AskAfter(absl::Milliseconds(1), absl::Milliseconds(100)), absl::Milliseconds(1) / 2);
}

TEST(RecentTrialsTest, NothingIsForeseenFromFewTrials) {
  RecentTrials recent(2);
  for (size_t i = 1; i < RecentTrials::kTrials; ++i) {
    recent.Took("study", absl::Seconds(1));
    EXPECT_EQ(recent.AskAfter("study"), kNever);
  }
  recent.Took("study", absl::Seconds(1));
  EXPECT_EQ(recent.AskAfter("study"), absl::Milliseconds(900));
}

TEST(RecentTrialsTest, OneLongTrialIsForgottenAfterAsManyShortOnes) {
  RecentTrials recent(16);
  recent.Took("study", absl::Minutes(1));
  for (size_t i = 1; i < RecentTrials::kTrials; ++i) recent.Took("study", absl::Seconds(1));
  EXPECT_EQ(recent.AskAfter("study"), kNever);
  recent.Took("study", absl::Seconds(1));
  EXPECT_EQ(recent.AskAfter("study"), absl::Milliseconds(900));
}

TEST(RecentTrialsTest, TheOnlySlotDoesNotAskAhead) {
  EXPECT_EQ(AskAfter(absl::Seconds(1), absl::Seconds(1), /*slots=*/1), kNever);
}

// A trial that ends as the last ones did has not waited too long.
TEST(RecentTrialsTest, WhatIsForeseenIsNotLate) {
  const absl::Duration shortest = (RecentTrials::kShort - RecentTrials::kLead) * 4 / 5;
  EXPECT_LT(RecentTrials::kShort - AskAfter(shortest, RecentTrials::kShort), absl::Seconds(2));
}

}  // namespace
}  // namespace parzen
