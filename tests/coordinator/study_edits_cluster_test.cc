// Edits that reach into what workers do: cancelled trials, studies stopped at once; and edits that come twice.
#include "tests/coordinator/study_edits_fixture.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class ClusterEditsTest : public StudyEditsTest {
 protected:
  absl::StatusOr<TrialRecord> Cancel(int64_t number, const std::string& reason = "") {
    CancelTrialRequest request;
    request.set_study("s");
    request.set_number(number);
    request.set_reason(reason);
    return Edit(&StudyEdits::CancelTrial, request);
  }
  bool WasToldToDrop(const Lease& lease) const {
    return std::any_of(sent_.begin(), sent_.end(), [&](const OutgoingMessage& sent) {
      return sent.message.drop().lease().token() == lease.token();
    });
  }
};

INSTANTIATE_TEST_SUITE_P(Both, ClusterEditsTest, testing::Values(Through::kServing, Through::kFile),
                         [](const auto& info) { return info.param == Through::kServing ? "Serving" : "File"; });

TEST_P(ClusterEditsTest, CancelledTrialHasFailedAndItsWorkersResultIsNotCounted) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const Lease lease = Ask(Connect("alice"))->lease();
  const absl::StatusOr<TrialRecord> cancelled = Cancel(0, "learns nothing");
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state(), FAIL);
  EXPECT_EQ(cancelled->attempt(0).reason(), "it was cancelled: learns nothing");
  EXPECT_EQ(WasToldToDrop(lease), GetParam() == Through::kServing);
  EXPECT_FALSE(Finish(Connect("alice"), lease));
  EXPECT_EQ(Trial(0).state(), FAIL);
  EXPECT_EQ(Rows("SELECT kind FROM parzen_events ORDER BY event_id").back(), "stale_end ");
  EXPECT_TRUE(Summary().finished());
}

TEST_P(ClusterEditsTest, WaitingTrialIsCancelledAndTwiceIsOnce) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  ASSERT_TRUE(Enqueue({{"c", "1"}}).ok());
  ASSERT_TRUE(Cancel(0).ok());
  EXPECT_TRUE(Cancel(0).ok());
  EXPECT_EQ(Rows("SELECT count(*) FROM parzen_events"), std::vector<std::string>{"1 "});
}

TEST_P(ClusterEditsTest, TrialCancelledBeyondTheBudgetComesOnTopOfIt) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const Lease lease = Ask(Connect("alice"))->lease();
  ASSERT_TRUE(Enqueue({{"trees", "7"}}).ok());
  ASSERT_TRUE(Cancel(1).ok());
  EXPECT_EQ(Summary().budget(), 2);
  EXPECT_TRUE(Finish(Connect("alice"), lease));
  EXPECT_TRUE(Summary().finished());
  EXPECT_EQ(Summary().failed() + Summary().complete(), 2);
}

TEST_P(ClusterEditsTest, TrialCancelledWithinTheBudgetUsesItUp) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  ASSERT_TRUE(Enqueue({{"trees", "7"}}).ok());
  ASSERT_TRUE(Cancel(0).ok());
  EXPECT_EQ(Summary().budget(), 2);
}

TEST_P(ClusterEditsTest, WhatHasEndedIsNotCancelled) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  ASSERT_TRUE(Finish(alice, Ask(alice)->lease()));
  const absl::Status status = Cancel(0).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("COMPLETE already"));
}

TEST_P(ClusterEditsTest, StudyStoppedAtOnceHasItsTrialsBackInTheQueue) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  const Lease lease = Ask(Connect("alice"))->lease();
  ChangeStudyRequest request;
  request.set_study("s");
  request.set_stopped(true);
  request.set_release_running(true);
  const absl::StatusOr<StudySummary> stopped = Edit(&StudyEdits::ChangeStudy, request);
  ASSERT_TRUE(stopped.ok()) << stopped.status();
  EXPECT_EQ(stopped->running(), 0);
  EXPECT_EQ(stopped->waiting(), 1);
  EXPECT_EQ(WasToldToDrop(lease), GetParam() == Through::kServing);
  EXPECT_FALSE(Finish(Connect("alice"), lease));
  ASSERT_TRUE(Change(false).ok());
  const std::optional<Assignment> again = Ask(Connect("bob"));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->lease().attempt(), 2);
  EXPECT_EQ(Trial(0).attempt(0).state(), RELEASED);
}

TEST_P(ClusterEditsTest, OnlyAStoppedStudyGivesItsTrialsBack) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  ChangeStudyRequest request;
  request.set_study("s");
  request.set_release_running(true);
  request.set_budget(3);
  EXPECT_TRUE(absl::IsInvalidArgument(Edit(&StudyEdits::ChangeStudy, request).status()));
}

TEST_P(ClusterEditsTest, EnqueueThatComesTwiceAddsOneTrial) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  EnqueueTrialRequest request;
  request.set_study("s");
  request.set_request_id("r1");
  request.add_set()->set_parameter("c");
  request.mutable_set(0)->set_value("1");
  EXPECT_EQ(Edit(&StudyEdits::EnqueueTrial, request)->number(), 0);
  EXPECT_EQ(Edit(&StudyEdits::EnqueueTrial, request)->number(), 0);
  request.set_request_id("r2");
  EXPECT_EQ(Edit(&StudyEdits::EnqueueTrial, request)->number(), 1);
}

TEST_P(ClusterEditsTest, ARequestIdIsOfOneRequest) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  EnqueueTrialRequest request;
  request.set_study("s");
  request.set_request_id("r1");
  request.add_set()->set_parameter("c");
  request.mutable_set(0)->set_value("1");
  ASSERT_EQ(Edit(&StudyEdits::EnqueueTrial, request)->number(), 0);
  request.mutable_set(0)->set_value("1.0");
  EXPECT_EQ(Edit(&StudyEdits::EnqueueTrial, request)->number(), 0) << "the same value, written otherwise";
  const auto refusal = [&] {
    const absl::Status status = Edit(&StudyEdits::EnqueueTrial, request).status();
    EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
    return std::string(status.message());
  };
  request.mutable_set(0)->set_value("2");
  EXPECT_THAT(refusal(), HasSubstr("trial 0 already, with other values: {\"c\": 1.0}; repeat that request as it was"));
  request.mutable_set(0)->set_value("1");
  request.add_set()->set_parameter("kernel");
  request.mutable_set(1)->set_value("RBF");
  EXPECT_THAT(refusal(), HasSubstr("with other values"));
  EXPECT_EQ(Summary().waiting(), 1);
  // It stays so once the trial has run.
  ASSERT_TRUE(AskFor().ok());
  ASSERT_TRUE(TellEndOf(0, FAIL).ok());
  EXPECT_THAT(refusal(), HasSubstr("with other values"));
  request.mutable_set()->DeleteSubrange(1, 1);
  EXPECT_EQ(Edit(&StudyEdits::EnqueueTrial, request)->number(), 0);
}

TEST_P(ClusterEditsTest, ARequestIdIsOfOneRetry) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(AskFor().ok());
    ASSERT_TRUE(TellEndOf(i, FAIL).ok());
  }
  RetryTrialRequest retry;
  retry.set_study("s");
  retry.set_number(0);
  retry.set_request_id("r1");
  ASSERT_EQ(Edit(&StudyEdits::RetryTrial, retry)->number(), 2);
  retry.set_number(1);
  const absl::Status other = Edit(&StudyEdits::RetryTrial, retry).status();
  EXPECT_TRUE(absl::IsAlreadyExists(other)) << other;
  EXPECT_THAT(std::string(other.message()), HasSubstr("trial 2 already, which does trial 0 again"));
  EnqueueTrialRequest enqueue;
  enqueue.set_study("s");
  enqueue.set_request_id("r1");
  enqueue.add_set()->set_parameter("c");
  enqueue.mutable_set(0)->set_value("1");
  EXPECT_TRUE(absl::IsAlreadyExists(Edit(&StudyEdits::EnqueueTrial, enqueue).status()));
  enqueue.set_request_id("r2");
  ASSERT_EQ(Edit(&StudyEdits::EnqueueTrial, enqueue)->number(), 3);
  retry.set_request_id("r2");
  EXPECT_TRUE(absl::IsAlreadyExists(Edit(&StudyEdits::RetryTrial, retry).status()));
  // A trial that is given back keeps its number.
  ASSERT_EQ(AskFor()->number(), 2);
  retry.set_number(2);
  retry.set_request_id("r3");
  EXPECT_EQ(Edit(&StudyEdits::RetryTrial, retry)->number(), 2);
  EXPECT_EQ(Edit(&StudyEdits::RetryTrial, retry)->number(), 2);
}

TEST_P(ClusterEditsTest, RetryThatComesTwiceAddsOneTrial) {
  ASSERT_TRUE(Create(AskedStudy(1)).ok());
  ASSERT_TRUE(AskFor().ok());
  ASSERT_TRUE(TellEndOf(0, FAIL, "no luck").ok());
  RetryTrialRequest request;
  request.set_study("s");
  request.set_number(0);
  request.set_request_id("r1");
  EXPECT_EQ(Edit(&StudyEdits::RetryTrial, request)->number(), 1);
  EXPECT_EQ(Edit(&StudyEdits::RetryTrial, request)->number(), 1);
  EXPECT_EQ(Summary().budget(), 2);
}

TEST_P(ClusterEditsTest, ResumedStudyHasItsTimeLimitAnew) {
  StudySpec spec = AskedStudy(5);
  spec.mutable_search()->set_time_limit_seconds(10);
  ASSERT_TRUE(Create(spec).ok());
  Pass(absl::Seconds(11));
  EXPECT_TRUE(absl::IsAborted(AskFor("r1").status()));
  ASSERT_TRUE(Change(false).ok());
  EXPECT_TRUE(AskFor("r2").ok());
}

}  // namespace
}  // namespace parzen
