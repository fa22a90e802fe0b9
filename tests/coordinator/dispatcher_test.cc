// The rules of design.md's "Life of a trial", each as a case.
#include <cmath>
#include <limits>
#include <set>

#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

using testing::HasSubstr;

TEST_F(DispatcherTest, TrialIsOnDiskAsRunningBeforeItIsHandedOut) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const std::optional<Assignment> assignment = Ask(Connect("alice"));
  ASSERT_TRUE(assignment.has_value());
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_EQ(Trial(0).attempt(0).worker(), "alice");
  EXPECT_EQ(assignment->task().train().trial_number(), 0);
  EXPECT_GE(assignment->task().train().spec().random_forest().trees(), 1);
}

TEST_F(DispatcherTest, SameRequestIdGetsTheSameTrialAgain) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const ConnectionId alice = Connect("alice");
  const std::string token = Ask(alice, "r1")->lease().token();
  EXPECT_EQ(Ask(alice, "r1")->lease().token(), token);
  EXPECT_EQ(Summary().running(), 1);
}

TEST_F(DispatcherTest, SameRequestIdGetsTheSameTrialAfterARestart) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const std::string token = Ask(Connect("alice"), "r1")->lease().token();
  Restart();
  EXPECT_EQ(Ask(Connect("alice"), "r1")->lease().token(), token);
}

TEST_F(DispatcherTest, RequestWhoseTrialWasLostMeanwhileIsTurnedAway) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  ASSERT_TRUE(Ask(alice, "r1").has_value());
  Pass(kLease);
  EXPECT_FALSE(Ask(alice, "r1").has_value());
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].message.drop().request_id(), "r1");
  EXPECT_EQ(Ask(alice, "r2")->lease().attempt(), 2);
}

TEST_F(DispatcherTest, EndIsCountedOnceAndARepeatGetsTheSameAnswer) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease lease = Ask(alice)->lease();
  EXPECT_TRUE(Finish(alice, lease, 0.75));
  EXPECT_TRUE(Finish(alice, lease, 0.25));
  EXPECT_EQ(Trial(0).state(), COMPLETE);
  EXPECT_EQ(Trial(0).value(0), 0.75);
  EXPECT_EQ(Summary().complete(), 1);
}

TEST_F(DispatcherTest, RepeatedEndIsAcknowledgedAfterARestartToo) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease lease = Ask(alice)->lease();
  ASSERT_TRUE(Finish(alice, lease));
  Restart();
  EXPECT_TRUE(Finish(Connect("alice"), lease));
}

TEST_F(DispatcherTest, SilentWorkersTrialGoesToTheNextOneAsASecondAttempt) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  ASSERT_TRUE(Ask(Connect("alice")).has_value());
  const ConnectionId bob = Connect("bob");
  EXPECT_FALSE(Ask(bob, "bobs").has_value());
  Pass(kLease);
  ASSERT_TRUE(AssignmentFor("bobs").has_value());
  EXPECT_EQ(AssignmentFor("bobs")->lease().attempt(), 2);
  EXPECT_EQ(AssignmentFor("bobs")->task().train().trial_number(), 0);
  EXPECT_EQ(Trial(0).attempt(0).state(), LOST);
}

TEST_F(DispatcherTest, SecondAttemptTrainsTheSamePointWithTheSameSeed) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const Assignment first = *Ask(Connect("alice"));
  Pass(kLease);
  const Assignment second = *Ask(Connect("bob"));
  EXPECT_EQ(first.task().SerializeAsString(), second.task().SerializeAsString());
}

TEST_F(DispatcherTest, LateEndOfALostAttemptIsRefusedAndKeptForAudit) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease stale = Ask(alice)->lease();
  Pass(kLease);
  const ConnectionId bob = Connect("bob");
  const Lease current = Ask(bob)->lease();
  EXPECT_FALSE(Finish(alice, stale, 0.1));
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_TRUE(Finish(bob, current, 0.9));
  EXPECT_FALSE(Finish(alice, stale, 0.1));
  EXPECT_EQ(Trial(0).value(0), 0.9);
  EXPECT_THAT(Rows("SELECT kind, detail FROM parzen_events"),
              testing::Each(testing::AllOf(HasSubstr("stale_end attempt 1 reported its end after its lease was lost: "
                                                     "alice said it had"),
                                           HasSubstr("validation_accuracy 0.1"),
                                           HasSubstr("It did not count: the trial had gone back to the queue"),
                                           testing::Not(HasSubstr(stale.token())))));
  EXPECT_EQ(Rows("SELECT 1 FROM parzen_events").size(), 1u) << "a repeat says nothing new";
}

TEST_F(DispatcherTest, LateEndOfATrialThatFailedSaysThatItWasOver) {
  StudySpec spec = ForestStudy("s", 1);
  spec.mutable_search()->set_max_attempts(1);
  ASSERT_TRUE(Create(spec).ok());
  const ConnectionId alice = Connect("alice");
  const Lease stale = Ask(alice)->lease();
  Pass(kLease);
  ASSERT_EQ(Trial(0).state(), FAIL);
  EXPECT_FALSE(Finish(alice, stale));
  EXPECT_THAT(Rows("SELECT detail FROM parzen_events"),
              testing::ElementsAre(testing::AllOf(HasSubstr("reported its end after its lease was lost"),
                                                  HasSubstr("It did not count: the trial was over"))));
}

TEST_F(DispatcherTest, ALateEndOfEachAttemptIsKept) {
  StudySpec spec = ForestStudy("s", 1);
  spec.mutable_search()->set_max_attempts(20);
  ASSERT_TRUE(Create(spec).ok());
  const ConnectionId alice = Connect("alice");
  std::vector<Lease> stale;
  for (int i = 0; i < 12; ++i) {
    stale.push_back(Ask(alice)->lease());
    Pass(kLease);
  }
  for (int i = 11; i >= 0; --i) EXPECT_FALSE(Finish(alice, stale[static_cast<size_t>(i)]));
  EXPECT_EQ(Rows("SELECT 1 FROM parzen_events").size(), 12u);
}

TEST_F(DispatcherTest, AStreamSaysHelloOnce) {
  const ConnectionId alice = Connect("alice");
  WorkerMessage message;
  message.mutable_hello()->set_worker_id("another");
  message.mutable_hello()->set_slots(1);
  Tell(alice, message);
  EXPECT_TRUE(absl::IsInvalidArgument(refusal_)) << refusal_;
  EXPECT_EQ(Rows("SELECT worker_id FROM parzen_workers"), std::vector<std::string>{"alice "});
}

TEST_F(DispatcherTest, HeartbeatKeepsATrialForAsLongAsItComes) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease lease = Ask(alice)->lease();
  WorkerMessage heartbeat;
  *heartbeat.mutable_heartbeat()->add_lease() = lease;
  for (int i = 0; i < 20; ++i) {
    Pass(kLease / 3);
    Tell(alice, heartbeat);
  }
  EXPECT_TRUE(Finish(alice, lease));
  EXPECT_EQ(Trial(0).attempt_size(), 1);
}

TEST_F(DispatcherTest, HeartbeatForALostLeaseIsAnsweredWithDrop) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  WorkerMessage heartbeat;
  *heartbeat.mutable_heartbeat()->add_lease() = Ask(alice)->lease();
  Pass(kLease);
  Tell(alice, heartbeat);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_TRUE(sent_[0].message.has_drop());
}

TEST_F(DispatcherTest, BrokenStreamIsForgivenWhenTheWorkerComesBackInTime) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease lease = Ask(alice)->lease();
  Disconnect(alice);
  Pass(kLease / 3 - absl::Milliseconds(1));
  const ConnectionId again = Connect("alice", 1, false, {lease});
  Pass(kLease / 2);
  EXPECT_TRUE(Finish(again, lease));
}

TEST_F(DispatcherTest, BrokenStreamThatStaysBrokenLosesItsTrialsSoonerThanTheLease) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  ASSERT_TRUE(Ask(alice).has_value());
  Disconnect(alice);
  Pass(kLease / 3);
  EXPECT_EQ(Trial(0).state(), WAITING);
}

TEST_F(DispatcherTest, RunningTrialsKeepTheirLeasesForOnePeriodAfterARestart) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const Lease lease = Ask(Connect("alice"))->lease();
  Restart();
  Pass(kLease - absl::Milliseconds(1));
  const ConnectionId alice = Connect("alice", 1, false, {lease});
  Pass(kLease - absl::Milliseconds(1));
  EXPECT_TRUE(Finish(alice, lease));
}

TEST_F(DispatcherTest, TrialsOfAWorkerInsideTheDeadProcessAreFreeAtOnce) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  ASSERT_TRUE(Ask(Connect("inside", 1, /*embedded=*/true)).has_value());
  Restart();
  EXPECT_EQ(Trial(0).state(), WAITING);
  EXPECT_EQ(Ask(Connect("inside2", 1, true))->lease().attempt(), 2);
}

TEST_F(DispatcherTest, TrialFailsWithItsReasonsAfterThreeLostAttempts) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  for (int attempt = 1; attempt <= 3; ++attempt) {
    EXPECT_EQ(Ask(Connect(absl::StrCat("worker", attempt)))->lease().attempt(), attempt);
    Pass(kLease);
  }
  EXPECT_EQ(Trial(0).state(), FAIL);
  EXPECT_THAT(Trial(0).attempt(2).reason(), HasSubstr("no attempt is left"));
  EXPECT_TRUE(Summary().finished());
  EXPECT_FALSE(Ask(Connect("another")).has_value());
}

TEST_F(DispatcherTest, ReleasedTrialIsTrainedAgainAndDoesNotCountAsLost) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  for (int i = 0; i < 5; ++i) {
    const ConnectionId alice = Connect(absl::StrCat("alice", i));
    EXPECT_TRUE(Release(alice, Ask(alice)->lease()));
    EXPECT_EQ(Trial(0).state(), WAITING);
  }
}

TEST_F(DispatcherTest, FailedTrialIsFinalAtOnceAndTheStudyGoesOn) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  const ConnectionId alice = Connect("alice");
  EXPECT_TRUE(Fail(alice, Ask(alice)->lease(), "images.gz: truncated"));
  EXPECT_EQ(Trial(0).state(), FAIL);
  EXPECT_EQ(Trial(0).attempt(0).reason(), "images.gz: truncated");
  EXPECT_EQ(Ask(alice)->task().train().trial_number(), 1);
}

TEST_F(DispatcherTest, NanObjectiveFailsTheTrialAndSaysSo) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  const ConnectionId alice = Connect("alice");
  EXPECT_TRUE(Finish(alice, Ask(alice)->lease(), std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ(Trial(0).state(), FAIL);
  EXPECT_EQ(Trial(0).attempt(0).reason(), "validation_accuracy is NaN");
}

TEST_F(DispatcherTest, BudgetIsExactForManyHungryWorkers) {
  ASSERT_TRUE(Create(ForestStudy("s", 7)).ok());
  const ConnectionId alice = Connect("alice", 100);
  std::vector<Lease> leases;
  for (int i = 0; i < 20; ++i) {
    if (const auto assignment = Ask(alice)) leases.push_back(assignment->lease());
  }
  ASSERT_EQ(leases.size(), 7u);
  for (const Lease& lease : leases) EXPECT_TRUE(Finish(alice, lease));
  EXPECT_EQ(Summary().complete(), 7);
  EXPECT_TRUE(Summary().finished());
}

TEST_F(DispatcherTest, RequestThatFoundNoWorkIsServedWhenAStudyAppears) {
  const ConnectionId alice = Connect("alice");
  EXPECT_FALSE(Ask(alice, "early").has_value());
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  EXPECT_TRUE(AssignmentFor("early").has_value());
}

TEST_F(DispatcherTest, ExtendedBudgetResumesAFinishedStudy) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  ASSERT_TRUE(Finish(alice, Ask(alice)->lease()));
  ASSERT_FALSE(Ask(alice, "next").has_value());
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  EXPECT_TRUE(AssignmentFor("next").has_value());
}

TEST_F(DispatcherTest, SameNameWithAnotherSpecIsRefusedWithTheDifference) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  StudySpec other = ForestStudy("s", 1);
  other.mutable_search()->set_seed(8);
  const absl::Status refusal = Create(other);
  EXPECT_TRUE(absl::IsAlreadyExists(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("seed"));
}

TEST_F(DispatcherTest, BadSpecFromTheNetworkIsRefusedAndNothingIsStored) {
  StudySpec bad = ForestStudy("s", 1);
  bad.mutable_parameter(0)->mutable_int_()->set_low(200000);
  EXPECT_TRUE(absl::IsInvalidArgument(Create(bad)));
  EXPECT_TRUE(absl::IsNotFound(store_->FindStudy("s").status()));
}

TEST_F(DispatcherTest, TwoStudiesShareTheWorkersEvenly) {
  ASSERT_TRUE(Create(ForestStudy("a", 10)).ok());
  ASSERT_TRUE(Create(ForestStudy("b", 10)).ok());
  const ConnectionId alice = Connect("alice", 8);
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(Ask(alice).has_value());
  EXPECT_EQ(Summary("a").running(), 3);
  EXPECT_EQ(Summary("b").running(), 3);
}

TEST_F(DispatcherTest, OtherStudiesOfTheFileAreLeftAloneWhenOnlyOneIsWanted) {
  ASSERT_TRUE(Create(ForestStudy("other", 10)).ok());
  dispatcher_ = std::make_unique<Dispatcher>(
      *store_, kLease, [this] { return absl::StrCat("token-", ++tokens_made_); }, "wanted");
  Transact([&] { return dispatcher_->Start(now_); });
  EXPECT_FALSE(Ask(Connect("alice"), "r").has_value());
  ASSERT_TRUE(Create(ForestStudy("wanted", 10)).ok());
  EXPECT_EQ(AssignmentFor("r")->study(), "wanted");
}

TEST_F(DispatcherTest, LeasesOfOtherStudiesAreLeftAloneWhenOnlyOneIsWanted) {
  ASSERT_TRUE(Create(ForestStudy("s", 10)).ok());
  ASSERT_TRUE(Ask(Connect("inside", 1, /*embedded=*/true)).has_value());
  dispatcher_ = std::make_unique<Dispatcher>(
      *store_, kLease, [this] { return absl::StrCat("token-", ++tokens_made_); }, "wanted");
  Transact([&] { return dispatcher_->Start(now_); });
  Pass(kLease);
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_EQ(Trial(0).attempt(0).state(), OPEN);
}

TEST_F(DispatcherTest, TrialsThatOptunaLeftUnfinishedDoNotKeepTheStudyFromItsEnd) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  Execute("INSERT INTO trials (number, study_id, state) VALUES (0, 1, 'WAITING'), (1, 1, 'RUNNING')");
  Restart();
  const ConnectionId alice = Connect("alice");
  ASSERT_TRUE(Finish(alice, Ask(alice)->lease()));
  ASSERT_TRUE(Finish(alice, Ask(alice)->lease()));
  EXPECT_TRUE(Summary().finished());
  EXPECT_FALSE(Ask(alice).has_value());
}

TEST_F(DispatcherTest, LoweredBudgetIsNotOverrunByTrialsThatWait) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const ConnectionId alice = Connect("alice", 2);
  ASSERT_TRUE(Finish(alice, Ask(alice)->lease()));
  ASSERT_TRUE(Release(alice, Ask(alice)->lease()));
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  EXPECT_FALSE(Ask(alice).has_value());
  EXPECT_EQ(Summary().complete(), 1);
}

TEST_F(DispatcherTest, RequestIdOfAnotherWorkerIsRefused) {
  Ask(Connect("alice"), "r");
  EXPECT_TRUE(refusal_.ok());
  Ask(Connect("bob"), "r");
  EXPECT_TRUE(absl::IsInvalidArgument(refusal_));
  EXPECT_TRUE(Create(ForestStudy("s", 1)).ok());
}

TEST_F(DispatcherTest, DatasetThatWasMovedIsFoundAtItsNewPlaceWhenTheStudyResumes) {
  StudySpec spec = ForestStudy("s", 2);
  spec.mutable_train()->mutable_dataset()->mutable_csv()->set_file("d.csv");
  const std::string digest(64, 'a');
  ASSERT_TRUE(Create(spec, {"d.csv", "/old/d.csv", digest}).ok());
  Restart();
  ASSERT_TRUE(Create(spec, {"d.csv", "/new/d.csv", digest}).ok());
  EXPECT_EQ(Ask(Connect("alice", 1, /*embedded=*/true))->task().train().files(0).path(), "/new/d.csv");
  Restart();
  EXPECT_EQ(Ask(Connect("bob", 1, /*embedded=*/true))->task().train().files(0).path(), "/new/d.csv");
  EXPECT_TRUE(absl::IsAlreadyExists(Create(spec, {"d.csv", "/new/d.csv", std::string(64, 'b')})));
}

TEST_F(DispatcherTest, DatasetFileWithoutADigestOrWithARelativePathIsRefused) {
  StudySpec spec = ForestStudy("s", 2);
  spec.mutable_train()->mutable_dataset()->mutable_csv()->set_file("d.csv");
  const std::string digest(64, 'a');
  EXPECT_TRUE(absl::IsInvalidArgument(Create(spec, {"d.csv", "/d.csv", ""})));
  EXPECT_TRUE(absl::IsInvalidArgument(Create(spec, {"d.csv", "d.csv", digest})));
  EXPECT_TRUE(absl::IsInvalidArgument(Create(spec, {"other.csv", "/d.csv", digest})));
  EXPECT_TRUE(absl::IsInvalidArgument(Create(spec)));
}

TEST_F(DispatcherTest, StudyWhoseTrialsHaveAGapIsLeftAloneAndNamed) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const ConnectionId alice = Connect("alice", 2);
  ASSERT_TRUE(Finish(alice, Ask(alice)->lease()));
  ASSERT_TRUE(Finish(alice, Ask(alice)->lease()));
  Execute("DELETE FROM trials WHERE number = 0");
  Restart();
  const absl::Status refusal = Create(ForestStudy("s", 3));
  EXPECT_TRUE(absl::IsFailedPrecondition(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("study \"s\" could not be loaded"));
}

TEST_F(DispatcherTest, StudyOfANewerProgramDoesNotHideTheOthers) {
  ASSERT_TRUE(Create(ForestStudy("newer", 2)).ok());
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  Execute("UPDATE parzen_studies SET spec = 'name: \"newer\" future: 1' WHERE study_id = 1");
  Restart();
  EXPECT_EQ(Ask(Connect("alice"))->study(), "s");
  EXPECT_EQ(store_->LoadStudies()->size(), 2u);
}

TEST_F(DispatcherTest, PointsDoNotDependOnRestartsOrOnWhoAsks) {
  const auto trees = [&](bool restart) {
    std::vector<int> seen;
    for (int i = 0; i < 5; ++i) {
      const ConnectionId worker = Connect(absl::StrCat("w", restart, i));
      const Assignment assignment = *Ask(worker);
      seen.push_back(assignment.task().train().spec().random_forest().trees());
      Finish(worker, assignment.lease());
      if (restart) Restart();
    }
    return seen;
  };
  ASSERT_TRUE(Create(ForestStudy("a", 5)).ok());
  const std::vector<int> straight = trees(false);
  ASSERT_TRUE(Create(ForestStudy("b", 5)).ok());
  EXPECT_EQ(trees(true), straight);
  EXPECT_GT(std::set<int>(straight.begin(), straight.end()).size(), 1u);
}

TEST_F(DispatcherTest, FailedCommitLeavesMemoryEqualToTheDisk) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease lease = Ask(alice)->lease();
  WorkerMessage end;
  *end.mutable_end()->mutable_lease() = lease;
  end.mutable_end()->mutable_result()->mutable_train()->mutable_validation()->set_accuracy(0.5);
  ASSERT_TRUE(store_->Begin().ok());
  absl::Status refusal;
  ASSERT_TRUE(dispatcher_->Handle(alice, end, now_, refusal).ok());
  store_->Rollback();
  Transact([&] { return dispatcher_->Reload(now_); });
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_TRUE(Finish(Connect("alice", 1, false, {lease}), lease));
  EXPECT_EQ(Trial(0).state(), COMPLETE);
}

TEST_F(DispatcherTest, TrialThatAnotherProgramFinishedIsLeftAsItIs) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease lease = Ask(alice)->lease();
  ASSERT_TRUE(store_->Begin().ok());
  ASSERT_TRUE(store_->MoveTrial(lease.trial_id(), FAIL, {}, now_.wall).ok());
  ASSERT_TRUE(store_->Commit().ok());
  Transact([&] { return dispatcher_->Reload(now_); });  // as after the commit that this makes fail
  EXPECT_FALSE(Finish(Connect("alice"), lease));
  EXPECT_EQ(Trial(0).state(), FAIL);
}

TEST_F(DispatcherTest, StreamThatDoesNotBeginWithHelloIsRefused) {
  WorkerMessage message;
  message.mutable_request()->set_request_id("r");
  Tell(99, message);
  EXPECT_TRUE(absl::IsInvalidArgument(refusal_));
}

TEST_F(DispatcherTest, WorkerThatClaimsAbsurdSlotsIsRefused) {
  Connect("greedy", 1000000);
  EXPECT_TRUE(absl::IsInvalidArgument(refusal_));
}

TEST_F(DispatcherTest, MoreOpenRequestsThanSlotsAreRefused) {
  const ConnectionId alice = Connect("alice", 1);
  Ask(alice, "one");
  EXPECT_TRUE(refusal_.ok());
  Ask(alice, "two");
  EXPECT_TRUE(absl::IsInvalidArgument(refusal_));
}

TEST_F(DispatcherTest, EndWithATokenNobodyWasGivenIsNotCounted) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  Lease forged = Ask(alice)->lease();
  forged.set_token("guess");
  EXPECT_FALSE(Finish(alice, forged));
  EXPECT_EQ(Trial(0).state(), RUNNING);
}

TEST_F(DispatcherTest, MetricsTooRichForAttributesAreKeptAsArtifacts) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  WorkerMessage message;
  *message.mutable_end()->mutable_lease() = Ask(alice)->lease();
  PartMetrics& validation = *message.mutable_end()->mutable_result()->mutable_train()->mutable_validation();
  validation.set_accuracy(0.75);
  validation.mutable_confusion()->add_class_name("a");
  for (const int count : {3, 1}) validation.mutable_confusion()->add_count(count);
  ClassMetrics& of_class = *validation.add_of_class();
  of_class.set_name("\xff");  // no UTF-8
  of_class.set_precision(.5);
  of_class.set_recall(1);
  of_class.set_f1(.75);
  of_class.set_support(4);
  TrainMetrics& train = *message.mutable_end()->mutable_result()->mutable_train();
  for (const double share : {1. / 3, 2. / 3}) train.add_feature_importance(share);
  train.add_permutation_importance(std::nan(""));
  train.add_permutation_importance_deviation(0);
  EXPECT_TRUE(TellEnd(alice, message));
  EXPECT_THAT(Rows("SELECT name, bytes FROM parzen_artifacts ORDER BY name"),
              testing::ElementsAre("feature_importance.json {\"impurity\":[0.333333,0.666667],\"permutation\":[null],"
                                   "\"permutation_deviation\":[0.0]}",
                                   "validation_classes.json [{\"name\":\"\\ufffd\",\"precision\":0.5,\"recall\":1.0,"
                                   "\"f1\":0.75,\"support\":4}]",
                                   "validation_confusion.json {\"class_name\":[\"a\"],\"count\":[3,1]}"));
}

TEST_F(DispatcherTest, ReportedStepIsStoredAndAnswered) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  const ConnectionId alice = Connect("alice");
  WorkerMessage message;
  *message.mutable_report()->mutable_lease() = Ask(alice)->lease();
  message.mutable_report()->set_step(3);
  message.mutable_report()->set_value(0.25);
  Tell(alice, message);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_FALSE(sent_[0].message.verdict().stop());
  ASSERT_EQ(Trial(0).step_size(), 1);
  EXPECT_EQ(Trial(0).step(0).value(), 0.25);
}

}  // namespace
}  // namespace parzen
