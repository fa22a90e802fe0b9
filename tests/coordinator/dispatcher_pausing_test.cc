// Trials that pause at a rung, and go on from there (SuccessiveHalvingPruner.promote).
#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PausingTest : public DispatcherTest {
 protected:
  // Rungs at steps 1, 2, 4, ...; one of two goes on from each.
  void Begin(int64_t trials) {
    StudySpec spec;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"pb(
          objective { direction: MINIMIZE }
          function {
            sphere {}
            curve { steps: 10 }
          }
          parameter {
            name: "x"
            float { low: -5 high: 5 }
          }
          search { pruner { successive_halving { reduction_factor: 2 promote: true } } }
        )pb",
        &spec));
    spec.set_name("s");
    spec.mutable_search()->set_trials(trials);
    ASSERT_TRUE(Create(spec).ok());
    alice_ = Connect("alice", 100);
  }

  enum class Said { kGoOn, kStop, kPause, kDrop };
  Said Reach(const Lease& lease, int64_t step, double value) {
    const std::optional<Verdict> verdict = VerdictOn(alice_, lease, step, value);
    if (!verdict.has_value()) return Said::kDrop;
    return verdict->stop() ? Said::kStop : verdict->pause() ? Said::kPause : Said::kGoOn;
  }
  // A new trial, which reaches the first rung with this value and pauses.
  void BeginAndPause(double value) {
    const Lease lease = Ask(alice_)->lease();
    ASSERT_EQ(Reach(lease, 1, value), Said::kPause);
    ASSERT_TRUE(Pause(alice_, lease, 1));
  }
  static int64_t NumberOf(const Assignment& assignment) { return assignment.task().function().trial_number(); }

  ConnectionId alice_ = 0;
};

TEST_F(PausingTest, ATrialThatIsNotYetAmongTheBestPausesAndGivesItsSlotToAnother) {
  Begin(10);
  const Lease lease = Ask(alice_)->lease();
  EXPECT_EQ(Reach(lease, 1, 5), Said::kPause);
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_TRUE(Pause(alice_, lease, 1));
  const TrialRecord trial = Trial(0);
  EXPECT_EQ(trial.state(), WAITING);
  EXPECT_EQ(trial.paused_at_step(), 1);
  EXPECT_EQ(trial.attempt(0).state(), RELEASED);
  EXPECT_THAT(trial.attempt(0).reason(), HasSubstr("paused at step 1: 5 at step 1 is number 1 of 1"));
  EXPECT_EQ(Summary().waiting(), 1);
  EXPECT_EQ(Summary().paused(), 1);
  EXPECT_EQ(NumberOf(*Ask(alice_)), 1);
}

TEST_F(PausingTest, ATrialGoesOnFromItsCheckpointOnceEnoughOthersAreWorse) {
  Begin(10);
  BeginAndPause(5);
  BeginAndPause(7);
  const ConnectionId bob = Connect("bob");
  const std::optional<Assignment> promoted = Ask(bob);
  ASSERT_TRUE(promoted.has_value());
  EXPECT_EQ(NumberOf(*promoted), 0);
  EXPECT_EQ(promoted->lease().attempt(), 2);
  EXPECT_EQ(promoted->task().progress().step(), 1);
  EXPECT_EQ(promoted->task().progress().checkpoint(), "bytes");
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_FALSE(Trial(0).has_paused_at_step());
  EXPECT_EQ(NumberOf(*Ask(alice_)), 2) << "one of two is through: the other waits on";
}

TEST_F(PausingTest, ATrialThatIsAmongTheBestAtOnceDoesNotPause) {
  Begin(10);
  BeginAndPause(5);
  const Lease lease = Ask(alice_)->lease();
  EXPECT_EQ(Reach(lease, 1, 4), Said::kGoOn);
  EXPECT_EQ(Reach(lease, 2, 4), Said::kPause) << "the first at its rung";
}

TEST_F(PausingTest, OfEqualsTheEarlierGoesOn) {
  Begin(10);
  for (int i = 0; i < 3; ++i) {
    const Lease lease = Ask(alice_)->lease();
    ASSERT_EQ(Reach(lease, 1, 1), Said::kPause) << i;
    ASSERT_TRUE(Pause(alice_, lease, 1));
    if (i == 1) break;
  }
  EXPECT_EQ(NumberOf(*Ask(alice_)), 0);
  EXPECT_EQ(NumberOf(*Ask(alice_)), 2);
}

TEST_F(PausingTest, ATrialEndsOnceItCannotBeAmongTheBestAnyMore) {
  Begin(4);  // two of them will go on
  BeginAndPause(5);
  const Lease first = Ask(alice_)->lease();
  EXPECT_EQ(Reach(first, 1, 1), Said::kGoOn);
  const Lease second = Ask(alice_)->lease();
  EXPECT_EQ(Reach(second, 1, 2), Said::kPause);
  EXPECT_TRUE(Pause(alice_, second, 1));
  const TrialRecord trial = Trial(0);
  EXPECT_EQ(trial.state(), PRUNED);
  EXPECT_THAT(trial.value(), ElementsAre(5));
  EXPECT_FALSE(trial.started().empty()) << "no trial of Optuna's is over without having begun";
  EXPECT_THAT(Rows("SELECT \"key\", value_json FROM trial_system_attributes"),
              ElementsAre(AllOf(HasSubstr("parzen:pruned"), HasSubstr("number 3 of 3"), HasSubstr("2 in the end"))));
  EXPECT_EQ(Reach(Ask(alice_)->lease(), 1, 6), Said::kStop);
}

TEST_F(PausingTest, WhatPausedIsThereAfterARestart) {
  Begin(10);
  BeginAndPause(5);
  BeginAndPause(7);
  Restart();
  alice_ = Connect("alice", 100);
  const std::optional<Assignment> promoted = Ask(alice_);
  ASSERT_TRUE(promoted.has_value());
  EXPECT_EQ(NumberOf(*promoted), 0);
  EXPECT_EQ(promoted->task().progress().checkpoint(), "bytes");
  EXPECT_EQ(NumberOf(*Ask(alice_)), 2);
  EXPECT_EQ(Summary().paused(), 1);
}

TEST_F(PausingTest, ATrialThatIsLostAfterItsPauseGoesOnFromItsCheckpointAgain) {
  Begin(10);
  BeginAndPause(5);
  BeginAndPause(7);
  const Lease lease = Ask(alice_)->lease();
  Restart();
  Pass(2 * kLease);
  alice_ = Connect("alice", 100);
  const std::optional<Assignment> again = Ask(alice_);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(NumberOf(*again), 0);
  EXPECT_EQ(again->lease().attempt(), 3);
  EXPECT_EQ(again->task().progress().checkpoint(), "bytes");
  EXPECT_FALSE(Pause(alice_, lease, 2)) << "its lease is not current any more";
  EXPECT_EQ(Trial(0).state(), RUNNING);
}

TEST_F(PausingTest, AnAttemptThatBeginsAgainIsNotHeldUpAtRungsBehindIt) {
  Begin(10);
  BeginAndPause(5);
  BeginAndPause(7);
  const Lease lease = Ask(alice_)->lease();  // trial 0
  const Lease other = Ask(alice_)->lease();
  EXPECT_EQ(Reach(other, 1, 1), Said::kGoOn);  // better than trial 0, which would not go on now
  EXPECT_EQ(Reach(lease, 1, 5), Said::kGoOn);
}

TEST_F(PausingTest, OneTrialIsCompleteInTheEndAndTheOthersArePruned) {
  Begin(4);
  BeginAndPause(3);
  const Lease second = Ask(alice_)->lease();
  const Lease third = Ask(alice_)->lease(), fourth = Ask(alice_)->lease();
  ASSERT_EQ(Reach(second, 1, 4), Said::kPause);
  ASSERT_TRUE(Pause(alice_, second, 1));
  EXPECT_TRUE(Fail(alice_, third, "no reason"));
  std::optional<Assignment> first = Ask(alice_);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(NumberOf(*first), 0);
  EXPECT_EQ(Reach(first->lease(), 2, 3), Said::kPause) << "alone at its rung";
  EXPECT_TRUE(Pause(alice_, first->lease(), 2, "later"));
  EXPECT_FALSE(Ask(alice_, "waits").has_value()) << "the fourth trial may still be worse";
  EXPECT_TRUE(Fail(alice_, fourth, "no reason"));
  first = AssignmentFor("waits");
  ASSERT_TRUE(first.has_value()) << "nobody is left to be worse";
  EXPECT_EQ(NumberOf(*first), 0);
  EXPECT_EQ(first->task().progress().checkpoint(), "later");
  EXPECT_EQ(Trial(1).state(), PRUNED) << "of the two that are left one goes on";
  EXPECT_TRUE(FinishWith(alice_, first->lease(), {{"value", 2}}));
  EXPECT_EQ(Trial(0).state(), COMPLETE);
  EXPECT_TRUE(Summary().finished());
  EXPECT_FALSE(Ask(alice_).has_value());
  EXPECT_THAT(Rows("SELECT trial_id, step FROM parzen_progress"), IsEmpty());
}

TEST_F(PausingTest, ARepeatedPauseIsAcknowledgedAsTheFirst) {
  Begin(10);
  const Lease lease = Ask(alice_)->lease();
  EXPECT_EQ(Reach(lease, 1, 5), Said::kPause);
  EXPECT_TRUE(Pause(alice_, lease, 1));
  EXPECT_TRUE(Pause(alice_, lease, 1));
  EXPECT_EQ(Trial(0).attempt_size(), 1);
}

TEST_F(PausingTest, APauseThatNobodyAskedForPutsTheTrialBackIntoTheQueue) {
  Begin(10);
  const Lease lease = Ask(alice_)->lease();
  EXPECT_TRUE(Pause(alice_, lease, 7)) << "it never reported step 7";
  EXPECT_FALSE(Trial(0).has_paused_at_step());
  EXPECT_THAT(Trial(0).attempt(0).reason(), HasSubstr("nobody had asked"));
  const std::optional<Assignment> again = Ask(alice_);
  EXPECT_EQ(NumberOf(*again), 0);
  EXPECT_FALSE(again->task().has_progress());
}

TEST_F(PausingTest, APausedTrialThatAnotherProgramEndsIsGone) {
  Begin(10);
  BeginAndPause(5);
  Execute(
      "UPDATE trials SET state = 'COMPLETE'; INSERT INTO trial_values (trial_id, objective, value, value_type) "
      "SELECT trial_id, 0, 1.5, 'FINITE' FROM trials");
  BeginAndPause(7);
  EXPECT_EQ(NumberOf(*Ask(alice_)), 2);
  EXPECT_EQ(Summary().complete(), 1);
  EXPECT_THAT(Rows("SELECT step, trial_id FROM parzen_progress WHERE trial_id = 1"), IsEmpty());
}

TEST_F(PausingTest, AStoppedStudyLetsNobodyGoOnUntilItIsResumed) {
  Begin(10);
  BeginAndPause(5);
  BeginAndPause(7);
  Execute("UPDATE parzen_studies SET stopped = 1");
  EXPECT_FALSE(Ask(alice_, "waits").has_value());
  Execute("UPDATE parzen_studies SET stopped = 0");
  Pass(absl::Seconds(1));
  ASSERT_TRUE(AssignmentFor("waits").has_value());
  EXPECT_EQ(NumberOf(*AssignmentFor("waits")), 0);
}

}  // namespace
}  // namespace parzen
