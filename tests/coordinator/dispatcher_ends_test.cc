// How attempts end other than well: crashes, retries, time limits; and what is kept of them.
#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DispatcherEndsTest : public DispatcherTest {
 protected:
  bool Crash(ConnectionId connection, const Lease& lease, const std::string& reason = "signal 11") {
    WorkerMessage message;
    *message.mutable_end()->mutable_lease() = lease;
    message.mutable_end()->set_crash(reason);
    AttemptUsage& usage = *message.mutable_end()->mutable_usage();
    usage.set_signal(11);
    usage.set_peak_memory_bytes(123456789);
    usage.set_stderr_tail("last words");
    return TellEnd(connection, message);
  }
  static StudySpec WithSearch(int64_t trials, const std::string& search) {
    StudySpec spec = ForestStudy("s", trials);
    SearchSpec more;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(search, &more));
    spec.mutable_search()->MergeFrom(more);
    return spec;
  }
};

TEST_F(DispatcherEndsTest, TrialWhoseSlotDiedGoesToAnotherWorker) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice"), bob = Connect("bob");
  EXPECT_TRUE(Crash(alice, Ask(alice)->lease()));
  EXPECT_FALSE(Ask(alice, "again").has_value());  // bob can try it
  const std::optional<Assignment> second = Ask(bob);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->lease().attempt(), 2);
  EXPECT_TRUE(Finish(bob, second->lease()));
  EXPECT_EQ(Trial(0).state(), COMPLETE);
  EXPECT_EQ(Trial(0).attempt(0).state(), CRASHED);
}

TEST_F(DispatcherEndsTest, ReleasedAttemptKeepsWhatItsWorkerGaveAsTheReasonWithinBounds) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  for (const std::string& reason : {std::string(), std::string("its disk is full"), std::string(1 << 20, 'x')}) {
    ASSERT_TRUE(Release(alice, Ask(alice)->lease(), reason));
  }
  EXPECT_EQ(Trial(0).attempt(0).reason(), "its worker was stopped");
  EXPECT_EQ(Trial(0).attempt(1).reason(), "its disk is full");
  EXPECT_EQ(Trial(0).attempt(2).reason().size(), 4096u);
}

TEST_F(DispatcherEndsTest, TheOnlyWorkerTriesATrialAgainThatKilledItsSlot) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  EXPECT_TRUE(Crash(alice, Ask(alice)->lease()));
  EXPECT_EQ(Ask(alice)->lease().attempt(), 2);
}

TEST_F(DispatcherEndsTest, TrialThatKilledSlotsOfTwoWorkersFailsWithItsStory) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  const ConnectionId alice = Connect("alice"), bob = Connect("bob");
  Crash(alice, Ask(alice)->lease(), "signal 11 (Segmentation fault)");
  Crash(bob, Ask(bob)->lease(), "signal 6 (Aborted)");
  const TrialRecord trial = Trial(0);
  EXPECT_EQ(trial.state(), FAIL);
  ASSERT_EQ(trial.attempt_size(), 2);
  EXPECT_EQ(trial.attempt(0).reason(), "signal 11 (Segmentation fault)");
  EXPECT_EQ(trial.attempt(1).usage().signal(), 11);
  EXPECT_EQ(trial.attempt(1).usage().stderr_tail(), "last words");
  ASSERT_EQ(trial.event_size(), 1);
  EXPECT_EQ(trial.event(0).kind(), "quarantined");
  const int64_t next = Ask(alice)->lease().trial_id();  // the study goes on
  EXPECT_EQ(next, Trial(1).trial_id());
}

TEST_F(DispatcherEndsTest, CrashesOnTheSameWorkerCountAsLostAttempts) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const std::optional<Assignment> given = Ask(alice);
    ASSERT_EQ(given->lease().attempt(), attempt);
    Crash(alice, given->lease());
  }
  EXPECT_EQ(Trial(0).state(), FAIL);
  EXPECT_EQ(Summary().failed(), 1);
}

// SQLite gives the ids of what was deleted to what comes next.
TEST_F(DispatcherEndsTest, ACrashIsForgottenWithItsStudy) {
  const StudySpec spec = WithSearch(1, "enqueue { set { parameter: 'trees' value: '7' } }");
  ASSERT_TRUE(Create(spec).ok());
  const ConnectionId alice = Connect("alice");
  Connect("bob");
  const Lease crashed = Ask(alice)->lease();
  EXPECT_TRUE(Crash(alice, crashed));
  Transact([&] {
    const int64_t study_id = Summary().study_id();
    dispatcher_->ForgetStudy(study_id);
    return store_->DeleteStudy(study_id);
  });
  ASSERT_TRUE(Create(spec).ok());
  const std::optional<Assignment> next = Ask(alice);
  ASSERT_TRUE(next.has_value()) << "bob is waited for";
  EXPECT_EQ(next->lease().trial_id(), crashed.trial_id());
}

TEST_F(DispatcherEndsTest, CrashesAreRememberedOverARestart) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  ConnectionId alice = Connect("alice");
  Crash(alice, Ask(alice)->lease());
  Restart();
  const ConnectionId bob = Connect("bob");
  Crash(bob, Ask(bob)->lease());
  EXPECT_EQ(Trial(0).state(), FAIL);
}

TEST_F(DispatcherEndsTest, RepeatedCrashIsAcknowledgedAsTheFirst) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease lease = Ask(alice)->lease();
  EXPECT_TRUE(Crash(alice, lease));
  EXPECT_TRUE(Crash(alice, lease));
  EXPECT_EQ(Trial(0).attempt_size(), 1);
}

TEST_F(DispatcherEndsTest, FailedTrialIsTriedAgainOnlyIfTheStudySaysSo) {
  ASSERT_TRUE(Create(WithSearch(1, "retries: 1")).ok());
  const ConnectionId alice = Connect("alice");
  EXPECT_TRUE(Fail(alice, Ask(alice)->lease(), "NaN loss"));
  EXPECT_EQ(Trial(0).state(), WAITING);
  EXPECT_THAT(Trial(0).attempt(0).reason(), HasSubstr("retry 1 of 1"));
  EXPECT_TRUE(Fail(alice, Ask(alice)->lease(), "NaN loss"));
  EXPECT_EQ(Trial(0).state(), FAIL);
  EXPECT_EQ(Trial(0).attempt(1).reason(), "NaN loss");
}

TEST_F(DispatcherEndsTest, RetriesAreCountedOverARestart) {
  ASSERT_TRUE(Create(WithSearch(1, "retries: 1")).ok());
  ConnectionId alice = Connect("alice");
  Fail(alice, Ask(alice)->lease(), "no luck");
  Restart();
  alice = Connect("alice");
  Fail(alice, Ask(alice)->lease(), "no luck");
  EXPECT_EQ(Trial(0).state(), FAIL);
}

TEST_F(DispatcherEndsTest, TrialOutlivesItsTimeLimitOnlyUntilTheCoordinatorTakesIt) {
  ASSERT_TRUE(Create(WithSearch(1, "trial_time_limit_seconds: 20")).ok());
  const ConnectionId alice = Connect("alice");
  const std::optional<Assignment> given = Ask(alice);
  EXPECT_EQ(given->time_limit_seconds(), 20);
  for (int i = 0; i < 11; ++i) {
    Pass(absl::Seconds(5));
    EXPECT_EQ(Trial(0).state(), i < 9 ? RUNNING : FAIL) << i;  // 20 s and 30 s of grace
    WorkerMessage heartbeat;
    *heartbeat.mutable_heartbeat()->add_lease() = given->lease();
    Tell(alice, heartbeat);
  }
  EXPECT_THAT(Trial(0).attempt(0).reason(), HasSubstr("longer than its limit of 20 s"));
  EXPECT_FALSE(Finish(alice, given->lease()));
  EXPECT_EQ(Trial(0).state(), FAIL);
}

TEST_F(DispatcherEndsTest, StudyOutOfTimeHandsOutNoMoreTrialsAndGoesOnWhenResumed) {
  ASSERT_TRUE(Create(WithSearch(10, "time_limit_seconds: 60")).ok());
  const ConnectionId alice = Connect("alice", 3);
  const Lease lease = Ask(alice)->lease();
  EXPECT_EQ(dispatcher_->NextDeadline(now_), now_.steady + kLease);
  now_.wall += absl::Seconds(55);  // a clock that jumps is the users' clock, too
  EXPECT_EQ(dispatcher_->NextDeadline(now_), now_.steady + absl::Seconds(5));
  Pass(absl::Seconds(5));
  EXPECT_FALSE(Ask(alice).has_value());
  EXPECT_TRUE(Summary().stopped());
  EXPECT_TRUE(Finish(alice, lease));
  EXPECT_EQ(Trial(0).state(), COMPLETE);
  ASSERT_TRUE(Create(WithSearch(10, "time_limit_seconds: 60")).ok());  // the same file again resumes
  EXPECT_FALSE(Summary().stopped());
  Pass(absl::Seconds(59));
  EXPECT_FALSE(Summary().stopped());
  Pass(absl::Seconds(1));
  EXPECT_TRUE(Summary().stopped());
}

TEST_F(DispatcherEndsTest, WhatAnAttemptTookIsKept) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  WorkerMessage message;
  *message.mutable_end()->mutable_lease() = Ask(alice)->lease();
  message.mutable_end()->mutable_result()->mutable_train()->mutable_validation()->set_accuracy(0.5);
  message.mutable_end()->mutable_usage()->set_cpu_seconds(1.5);
  message.mutable_end()->mutable_usage()->set_peak_memory_bytes(1000);
  EXPECT_TRUE(TellEnd(alice, message));
  const AttemptRecord attempt = Trial(0).attempt(0);
  EXPECT_EQ(attempt.usage().cpu_seconds(), 1.5);
  EXPECT_EQ(attempt.usage().peak_memory_bytes(), 1000);
  EXPECT_FALSE(attempt.usage().has_signal());
  EXPECT_EQ(attempt.epoch(), dispatcher_->epoch());
}

TEST_F(DispatcherEndsTest, EachStartOfTheCoordinatorIsAnEpochOfTheSameCluster) {
  const int64_t epoch = dispatcher_->epoch();
  const std::string cluster = dispatcher_->cluster_id();
  Restart();
  EXPECT_EQ(dispatcher_->epoch(), epoch + 1);
  EXPECT_EQ(dispatcher_->cluster_id(), cluster);
  EXPECT_EQ(cluster.size(), 32u);
  Connect("alice");
  EXPECT_EQ(sent_[0].message.welcome().epoch(), epoch + 1);
  EXPECT_EQ(sent_[0].message.welcome().cluster_id(), cluster);
}

TEST_F(DispatcherEndsTest, OfWhatAWorkerPrintedTheLastIsKept) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  WorkerMessage message;
  *message.mutable_end()->mutable_lease() = Ask(alice)->lease();
  message.mutable_end()->set_failure("it gave up");
  message.mutable_end()->mutable_usage()->set_stderr_tail(
      absl::StrCat(std::string(100'000, 'x'), "\u00e9", std::string(4095, 'y')));  // cut in the midst of the character
  EXPECT_TRUE(TellEnd(alice, message));
  EXPECT_EQ(Rows("SELECT stderr_tail FROM parzen_attempts"), std::vector<std::string>{std::string(4095, 'y') + " "});
}

}  // namespace
}  // namespace parzen
