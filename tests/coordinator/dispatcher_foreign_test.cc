// What other programs do in the file while the coordinator runs. They speak as Optuna does: plain SQL, from a
// connection of their own, that does not ask for a trial's state.
#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr char kX[] =
    R"({"name": "FloatDistribution", "attributes": {"step": null, "low": -5.0, "high": 5.0, "log": false}})";
constexpr char kN[] = R"({"name": "IntDistribution", "attributes": {"log": false, "step": 1, "low": 1, "high": 9}})";

class ForeignTest : public DispatcherTest {
 protected:
  static StudySpec Spec(int64_t trials, const std::string& more = "") {
    StudySpec spec;
    const std::string text = R"(
      name: "s" objective { direction: MINIMIZE } function { sphere {} }
      parameter { name: "x" float { low: -5 high: 5 } }
      parameter { name: "n" int { low: 1 high: 9 } }
      search { sampler { random {} } })";
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec));
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(more, &spec)) << more;
    spec.mutable_search()->set_trials(trials);
    return spec;
  }

  // --- What Optuna does.
  void MakesStudy(const std::string& name, const std::string& direction = "MINIMIZE") {
    Execute(absl::StrCat("INSERT INTO studies (study_name) VALUES ('", name,
                         "'); INSERT INTO study_directions (direction, study_id, objective) SELECT '", direction,
                         "', max(study_id), 0 FROM studies"));
  }
  void Makes(int number, const std::string& state, int study_id = 1) {
    Execute(absl::StrCat("INSERT INTO trials (number, study_id, state, datetime_start) VALUES (", number, ", ",
                         study_id, ", '", state, "', ", state == "WAITING" ? "NULL" : "'2030-01-01 00:00:00.000000'",
                         ")"));
  }
  void Enqueues(int number, const std::string& fixed_params) {
    Makes(number, "WAITING");
    Execute(absl::StrCat("INSERT INTO trial_system_attributes (trial_id, \"key\", value_json) VALUES (", Id(number),
                         ", 'fixed_params', '", fixed_params, "')"));
  }
  void Claims(int number) {
    Execute(
        absl::StrCat("UPDATE trials SET state='RUNNING', datetime_start='2030-01-01 00:00:00.000000' WHERE "
                     "trial_id = ",
                     Id(number)));
  }
  void Suggests(int number, const std::string& name, double value, const std::string& distribution) {
    Execute(absl::StrCat("INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (",
                         Id(number), ", '", name, "', ", value, ", '", distribution, "')"));
  }
  void Reports(int number, int step, double value) {
    Execute(
        absl::StrCat("INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, "
                     "intermediate_value_type) VALUES (",
                     Id(number), ", ", step, ", ", value, ", 'FINITE')"));
  }
  void Tells(int number, const std::string& state, double value = 0) {
    if (state == "COMPLETE") {
      Execute(absl::StrCat("INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (", Id(number),
                           ", 0, ", value, ", 'FINITE')"));
    }
    Execute(absl::StrCat("UPDATE trials SET state='", state,
                         "', datetime_complete='2030-01-01 00:00:09.000000' "
                         "WHERE trial_id = ",
                         Id(number)));
  }
  void DeletesStudy(const std::string& name) {
    const std::string trials =
        absl::StrCat("(SELECT trial_id FROM trials WHERE study_id = (SELECT study_id FROM studies WHERE study_name = '",
                     name, "'))");
    Execute(absl::StrCat("DELETE FROM trial_params WHERE trial_id IN ", trials,
                         "; DELETE FROM trials WHERE trial_id IN ", trials,
                         "; DELETE FROM study_directions WHERE study_id = (SELECT study_id FROM studies WHERE "
                         "study_name = '",
                         name, "'); DELETE FROM studies WHERE study_name = '", name, "'"));
  }
  static std::string Id(int number) {
    return absl::StrCat("(SELECT trial_id FROM trials WHERE study_id = 1 AND number = ", number, ")");
  }

  // --- What the coordinator makes of it.
  // An empty transaction, as the loop's when the file has changed.
  void Look() {
    Transact([] { return absl::OkStatus(); });
  }
  std::vector<std::string> Dropped() {
    std::vector<std::string> reasons;
    for (const OutgoingMessage& sent : sent_) {
      if (sent.message.has_drop()) reasons.push_back(sent.message.drop().reason());
    }
    return reasons;
  }
  const HistoryTrial& Known(size_t number) { return dispatcher_->FindStudy("s")->history()[number]; }
  bool FinishOne(ConnectionId worker) {
    const std::optional<Assignment> given = Ask(worker);
    return given.has_value() && FinishWith(worker, given->lease(), {{"value", 1}});
  }
};

TEST_F(ForeignTest, WhatOthersEnqueueIsTriedNextWithinTheBudget) {
  ASSERT_TRUE(Create(Spec(3)).ok());
  const ConnectionId alice = Connect("alice", 9);
  ASSERT_TRUE(FinishOne(alice));
  Enqueues(1, R"({"x": 1.5, "n": 4})");
  const std::optional<Assignment> given = Ask(alice);
  ASSERT_TRUE(given.has_value());
  EXPECT_THAT(given->task().function().x(), ElementsAre(1.5, 4));
  ASSERT_TRUE(FinishWith(alice, given->lease(), {{"value", 1}}));
  ASSERT_TRUE(FinishOne(alice));
  EXPECT_FALSE(Ask(alice).has_value());
  EXPECT_EQ(Summary().complete(), 3);
}

TEST_F(ForeignTest, ATrialThatAnotherProgramClaimedIsNotHandedOut) {
  ASSERT_TRUE(Create(Spec(5, R"(search { enqueue { set { parameter: "n" value: "7" } } })")).ok());
  Claims(0);
  EXPECT_EQ(Ask(Connect("alice"))->task().function().trial_number(), 1);
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_EQ(Trial(0).attempt_size(), 0);
}

TEST_F(ForeignTest, ATrialThatAnotherProgramEndedIsTakenFromItsWorker) {
  ASSERT_TRUE(Create(Spec(2)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease lease = Ask(alice)->lease();
  Tells(0, "COMPLETE", 0.25);
  Look();
  EXPECT_THAT(Dropped(), ElementsAre(HasSubstr("another program ended the trial: it is COMPLETE")));
  EXPECT_EQ(Trial(0).attempt(0).state(), LOST);
  EXPECT_THAT(Trial(0).attempt(0).reason(), HasSubstr("another program"));
  EXPECT_FALSE(FinishWith(alice, lease, {{"value", 9}}));
  EXPECT_THAT(Trial(0).value(), ElementsAre(0.25));
  EXPECT_EQ(Known(0).values, std::vector<double>{0.25});
  EXPECT_THAT(Rows("SELECT kind, detail FROM parzen_events"),
              ElementsAre(AllOf(StartsWith("stale_end "), EndsWith("It did not count: the trial was over"))));
}

TEST_F(ForeignTest, ATrialThatACommandOnTheFileEndedIsTakenFromItsWorkerForThat) {
  ASSERT_TRUE(Create(Spec(2)).ok());
  ASSERT_TRUE(Ask(Connect("alice")).has_value());
  Execute("UPDATE parzen_attempts SET state = 'ENDED', reason = 'it was cancelled'");
  Tells(0, "FAIL");
  Look();
  EXPECT_THAT(Dropped(), ElementsAre("a parzen command on the database file ended the trial: it is FAIL"));
}

TEST_F(ForeignTest, AClaimOverOurHeadLeavesTheTrialToTheOtherProgram) {
  // Optuna looked before we claimed, and writes after it.
  ASSERT_TRUE(Create(Spec(2, R"(search { enqueue { set { parameter: "n" value: "7" } } })")).ok());
  const ConnectionId alice = Connect("alice");
  const Lease lease = Ask(alice)->lease();
  Claims(0);
  Look();
  EXPECT_THAT(Dropped(), ElementsAre("another program claimed the trial"));
  EXPECT_FALSE(FinishWith(alice, lease, {{"value", 9}}));
  Tells(0, "COMPLETE", 0.5);
  Restart();
  EXPECT_THAT(Trial(0).value(), ElementsAre(0.5));
  EXPECT_EQ(Trial(0).attempt_size(), 1);
}

TEST_F(ForeignTest, AnAttemptThatOthersEndedIsLostInMemoryAsOnDisk) {
  ASSERT_TRUE(Create(Spec(2)).ok());
  Ask(Connect("alice"));
  Execute(absl::StrCat("UPDATE trials SET state='WAITING', datetime_start=NULL WHERE trial_id = ", Id(0)));
  Look();
  EXPECT_EQ(dispatcher_->FindStudy("s")->lost_attempts(0), 1);
  Restart();
  EXPECT_EQ(dispatcher_->FindStudy("s")->lost_attempts(0), 1);
}

TEST_F(ForeignTest, ForeignTrialsCountOnceTheyAreFinal) {
  ASSERT_TRUE(Create(Spec(3)).ok());
  Makes(0, "RUNNING");
  Makes(1, "RUNNING");
  const ConnectionId alice = Connect("alice", 9);
  ASSERT_TRUE(FinishOne(alice));
  Tells(0, "COMPLETE", 1);
  ASSERT_TRUE(FinishOne(alice));
  EXPECT_FALSE(Ask(alice).has_value()) << "3 are final";
  Tells(1, "FAIL");  // was out already, and is the only one more
  Look();
  EXPECT_EQ(Summary().complete() + Summary().failed(), 4);
  EXPECT_THAT(sent_, IsEmpty());
}

TEST_F(ForeignTest, ForeignTrialsAreLearntFromWithTheirCurves) {
  ASSERT_TRUE(Create(Spec(9)).ok());
  Makes(0, "RUNNING");
  Look();
  EXPECT_EQ(Known(0).point, Point(2));
  Suggests(0, "x", 1.25, kX);
  Look();
  EXPECT_EQ(Known(0).point, (Point{1.25, std::nullopt}));
  Suggests(0, "n", 3, kN);
  Reports(0, 1, 0.75);
  Look();
  EXPECT_EQ(Known(0).steps, (std::vector<Step>{{1, 0.75}}));
  Reports(0, 2, 0.5);
  Tells(0, "COMPLETE", 0.5);
  Makes(1, "COMPLETE");  // without values nobody can learn from it
  Look();
  EXPECT_EQ(Known(0).state, COMPLETE);
  EXPECT_EQ(Known(0).point, (Point{1.25, 3}));
  EXPECT_EQ(Known(0).steps, (std::vector<Step>{{1, 0.75}, {2, 0.5}}));
  EXPECT_EQ(Known(0).values, std::vector<double>{0.5});
  EXPECT_EQ(Known(1).state, FAIL);
}

TEST_F(ForeignTest, AQueuedTrialThatRanElsewhereBetweenTwoLooksIsKnownInFull) {
  ASSERT_TRUE(Create(Spec(9, R"(search { enqueue { set { parameter: "n" value: "7" } } })")).ok());
  Claims(0);
  Suggests(0, "x", -1, kX);
  Suggests(0, "n", 7, kN);
  Reports(0, 4, 2);
  Tells(0, "COMPLETE", 2);
  Look();
  EXPECT_EQ(Known(0).state, COMPLETE);
  EXPECT_EQ(Known(0).point, (Point{-1, 7}));
  EXPECT_EQ(Known(0).steps, (std::vector<Step>{{4, 2}}));
  EXPECT_EQ(dispatcher_->FindStudy("s")->OldestWaiting(), std::nullopt);
}

TEST_F(ForeignTest, ADeletedStudyTakesItsLeasesAlongAndTheOthersGoOn) {
  ASSERT_TRUE(Create(Spec(9)).ok());
  const ConnectionId alice = Connect("alice", 9);
  const Lease lease = Ask(alice)->lease();
  StudySpec other = Spec(2);
  other.set_name("other");
  ASSERT_TRUE(Create(other).ok());
  DeletesStudy("s");
  Look();
  EXPECT_THAT(Dropped(), ElementsAre("the study was deleted"));
  EXPECT_EQ(dispatcher_->FindStudy("s"), nullptr);
  EXPECT_FALSE(FinishWith(alice, lease, {{"value", 1}}));
  EXPECT_EQ(Ask(alice)->study(), "other");
}

TEST_F(ForeignTest, AStudyThatTookADeletedOnesIdIsAnotherStudy) {
  ASSERT_TRUE(Create(Spec(9)).ok());
  const ConnectionId alice = Connect("alice", 9);
  ASSERT_TRUE(Ask(alice).has_value());
  DeletesStudy("s");
  now_.wall += absl::Seconds(1);
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(path_, Store::Mode::kReadWrite);
  ASSERT_TRUE((*store)->Begin().ok());
  ASSERT_EQ(*(*store)->CreateStudy(Spec(1), {}, 1, now_.wall), 1);
  ASSERT_TRUE((*store)->Commit().ok());
  const std::optional<Assignment> given = Ask(alice);
  EXPECT_THAT(Dropped(), ElementsAre("the study was deleted"));
  EXPECT_EQ(given->task().function().trial_number(), 0);
  EXPECT_FALSE(Ask(alice).has_value());
}

TEST_F(ForeignTest, AStudyStoppedInTheFileHandsOutNothingUntilItIsResumed) {
  ASSERT_TRUE(Create(Spec(1)).ok());
  const ConnectionId alice = Connect("alice", 9);
  Execute("UPDATE parzen_studies SET stopped = 1");
  EXPECT_FALSE(Ask(alice, "r").has_value());
  Execute("UPDATE parzen_studies SET stopped = 0");
  Look();
  ASSERT_TRUE(AssignmentFor("r").has_value());
  ASSERT_TRUE(FinishWith(alice, AssignmentFor("r")->lease(), {{"value", 1}}));
  EXPECT_FALSE(Ask(alice, "q").has_value());
  Execute("UPDATE parzen_studies SET budget = 2");
  Look();
  EXPECT_TRUE(AssignmentFor("q").has_value());
}

TEST_F(ForeignTest, AStudyCreatedInTheFileIsServed) {
  const ConnectionId alice = Connect("alice", 9);
  EXPECT_FALSE(Ask(alice, "r").has_value());
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(path_, Store::Mode::kReadWrite);
  ASSERT_TRUE((*store)->Begin().ok());
  ASSERT_TRUE((*store)->CreateStudy(Spec(1), {}, 1, now_.wall).ok());
  ASSERT_TRUE((*store)->Commit().ok());
  Look();
  EXPECT_TRUE(AssignmentFor("r").has_value());
}

TEST_F(ForeignTest, LookingDoesNotReadFinishedTrialsAgain) {
  ASSERT_TRUE(Create(Spec(1000)).ok());
  const ConnectionId alice = Connect("alice", 9);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(FinishOne(alice));
  Makes(20, "COMPLETE");
  // Were any finished trial read again, its impossible state would show.
  Execute("UPDATE trials SET state = 'NONE' WHERE number < 20");
  Look();
  EXPECT_EQ(Known(20).state, FAIL);
  EXPECT_EQ(Known(19).state, COMPLETE);
}

TEST_F(ForeignTest, NoWriteOfOursLooksLikeAnothers) {
  ASSERT_TRUE(Create(Spec(9)).ok());
  const ConnectionId alice = Connect("alice", 9);
  ASSERT_TRUE(FinishOne(alice));
  EXPECT_FALSE(dispatcher_->FileHasChanged());
  Execute("UPDATE parzen_studies SET budget = 2");
  EXPECT_TRUE(dispatcher_->FileHasChanged());
  Look();
  EXPECT_FALSE(dispatcher_->FileHasChanged());
}

TEST_F(ForeignTest, AStudyOfOptunaIsTakenOverAndGoesOnWithinTheBudget) {
  MakesStudy("s");
  for (int i = 0; i < 2; ++i) {
    Makes(i, "RUNNING");
    Suggests(i, "x", i, kX);
    Suggests(i, "other", i, kX);
    Tells(i, "COMPLETE", i);
  }
  const absl::Status created = Create(Spec(4, R"(search { enqueue { set { parameter: "n" value: "7" } } })"));
  ASSERT_TRUE(created.ok()) << created;
  const ConnectionId alice = Connect("alice", 9);
  const std::optional<Assignment> given = Ask(alice);
  EXPECT_EQ(given->task().function().trial_number(), 2);
  EXPECT_EQ(given->task().function().x(1), 7);
  ASSERT_TRUE(FinishWith(alice, given->lease(), {{"value", 1}}));
  ASSERT_TRUE(FinishOne(alice));
  EXPECT_FALSE(Ask(alice).has_value());
  EXPECT_EQ(Summary().complete(), 4);
  EXPECT_EQ(Known(1).values, std::vector<double>{1});
  Restart();
  EXPECT_TRUE(Create(Spec(5, R"(search { enqueue { set { parameter: "n" value: "7" } } })")).ok());
}

TEST_F(ForeignTest, AStudyOfOptunaThatDoesNotFitIsRefusedAndStaysAsItIs) {
  MakesStudy("s");
  Makes(0, "RUNNING");
  Suggests(0, "x", 1, kN);
  Suggests(0, "n", 1, R"({"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 9}})");
  const absl::Status refused = Create(Spec(4));
  EXPECT_TRUE(absl::IsAlreadyExists(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("\"x\" is int in the database, float now"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("\"n\" has log: true in the database, log: false now"));
  StudySpec maximised = Spec(4);
  maximised.mutable_objective(0)->set_direction(MAXIMIZE);
  EXPECT_THAT(std::string(Create(maximised).message()), HasSubstr("MINIMIZE in the database, MAXIMIZE now"));
  EXPECT_THAT(Rows("SELECT study_id, spec FROM parzen_studies"), IsEmpty());
}

TEST_F(ForeignTest, AStudyOfOptunaIsSearchedInTheSpaceOfItsTrials) {
  MakesStudy("s");
  Makes(0, "RUNNING");
  Suggests(0, "x", 1, kX);
  Tells(0, "COMPLETE", 1);
  Look();
  EXPECT_EQ(dispatcher_->FindStudy("s"), nullptr) << "nobody asked for it";
  Transact([&] {
    const absl::StatusOr<RunningStudy*> study = dispatcher_->LoadedStudy("s");
    EXPECT_TRUE(study.ok()) << study.status();
    EXPECT_EQ((*study)->space().size(), 1u);
    EXPECT_TRUE((*study)->SuggestNext()->has_value());
    return study.status();
  });
  EXPECT_FALSE(Ask(Connect("alice", 1, false, {}, /*allow_commands=*/true)).has_value()) << "it has no work";
  Makes(1, "RUNNING");
  Suggests(1, "new", 1, kN);
  Look();
  EXPECT_EQ(dispatcher_->FindStudy("s"), nullptr) << "its space is another one";
  MakesStudy("empty");
  Transact([&] {
    const absl::Status status = dispatcher_->LoadedStudy("empty").status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("no trial has a parameter yet"));
    EXPECT_EQ((*dispatcher_->LoadedStudy("s"))->space().size(), 2u);
    return absl::OkStatus();
  });
}

TEST_F(ForeignTest, AnAskedTrialHasNoLeaseButCounts) {
  ASSERT_TRUE(Create(Spec(1)).ok());
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(path_, Store::Mode::kReadWrite);
  const SearchSpace space = *SearchSpace::Create(Spec(1));
  ASSERT_TRUE((*store)->Begin().ok());
  StoredAttempt asked;
  asked.trial_id = *(*store)->InsertTrial(1, 0, space, Point{1, 2}, now_.wall);
  asked.attempt = 1;
  asked.token = "asked";
  asked.asked = true;
  ASSERT_TRUE((*store)->InsertAttempt(asked, now_.wall).ok());
  ASSERT_TRUE((*store)->Commit().ok());
  const ConnectionId alice = Connect("alice");
  EXPECT_FALSE(Ask(alice).has_value());
  Pass(10 * kLease);
  EXPECT_EQ(Trial(0).state(), RUNNING);
  Restart();
  EXPECT_FALSE(Ask(Connect("alice")).has_value());
  EXPECT_EQ(dispatcher_->NextDeadline(now_), absl::InfiniteDuration());
}

TEST_F(ForeignTest, AWorkerThatLeftIsSaidToBeDisconnected) {
  const ConnectionId alice = Connect("alice");
  Connect("bob");
  Disconnect(alice);
  EXPECT_THAT(Rows("SELECT name, disconnected IS NOT NULL FROM parzen_workers ORDER BY name"),
              ElementsAre("alice 1", "bob 0"));
  Restart();
  EXPECT_THAT(Rows("SELECT name, 1 FROM parzen_workers WHERE disconnected IS NULL"), IsEmpty());
}

TEST_F(ForeignTest, ATrialInAnUnknownStateStopsItsStudyAlone) {
  ASSERT_TRUE(Create(Spec(3)).ok());
  ASSERT_TRUE(Create(Spec(3, R"(name: "other")")).ok());
  Makes(0, "ODD");
  Look();
  EXPECT_EQ(dispatcher_->FindStudy("s"), nullptr);
  const ConnectionId alice = Connect("alice");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(FinishOne(alice));
  EXPECT_EQ(Rows("SELECT number FROM trials WHERE study_id = 2 AND state = 'COMPLETE'").size(), 3u);
}

TEST_F(ForeignTest, AnUnknownDirectionStopsItsStudyAlone) {
  MakesStudy("odd", "NOT_SET");
  Restart();
  ASSERT_TRUE(Create(Spec(1)).ok());
  EXPECT_TRUE(FinishOne(Connect("alice")));
  EXPECT_EQ(Summary("odd").direction_size(), 0);
  const absl::Status refusal = Create(Spec(1, R"(name: "odd")"));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("has the direction \"NOT_SET\""));
}

}  // namespace
}  // namespace parzen
