// Asking and telling, rule by rule.
#include <cmath>

#include "tests/coordinator/study_edits_fixture.h"

namespace parzen {
namespace {

using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

INSTANTIATE_TEST_SUITE_P(Both, StudyEditsTest, testing::Values(Through::kServing, Through::kFile),
                         [](const auto& info) { return info.param == Through::kServing ? "Serving" : "File"; });

TEST_P(StudyEditsTest, AStudyWhoseSamplerFailedSaysWhyEachTime) {
  if (GetParam() == Through::kFile) GTEST_SKIP() << "only a coordinator remembers requests; this edits the file";
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  Transact([&] {
    (*dispatcher_->LoadedStudy("s"))->Suspend("it is out of luck");
    return absl::OkStatus();
  });
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = AskFor().status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("the sampler of study \"s\" failed"));
    EXPECT_THAT(std::string(status.message()), HasSubstr("it is out of luck"));
  }
  ASSERT_TRUE(Enqueue({{"c", "1"}}).ok());
  EXPECT_TRUE(AskFor().ok()) << "what waits is given all the same";
}

TEST_P(StudyEditsTest, AskingTwiceWithOneRequestIdGivesOneTrial) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  const absl::StatusOr<TrialRecord> first = AskFor("r1");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->state(), RUNNING);
  EXPECT_TRUE(first->attempt(0).asked());
  EXPECT_EQ(first->attempt(0).worker(), "alice");
  const absl::StatusOr<TrialRecord> again = AskFor("r1");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Summary().running(), 1);
  EXPECT_EQ(AskFor("r2")->number(), 1);
}

TEST_P(StudyEditsTest, AnAskedTrialIsNeitherLostNorHandedToAWorker) {
  ASSERT_TRUE(Create(ForestStudy("s", 1)).ok());
  ASSERT_TRUE(AskFor().ok());
  Restart();
  Pass(10 * kLease);
  EXPECT_FALSE(Ask(Connect("w"), "r1").has_value());
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_TRUE(TellValues(0, {0.5}).ok());
}

TEST_P(StudyEditsTest, AskedTrialsCountAgainstTheBudget) {
  ASSERT_TRUE(Create(AskedStudy(2)).ok());
  ASSERT_TRUE(AskFor().ok());
  ASSERT_TRUE(AskFor().ok());
  EXPECT_THAT(std::string(AskFor().status().message()), HasSubstr("2 of them running"));
  ASSERT_TRUE(TellValues(0, {1}).ok());
  EXPECT_EQ(AskFor().status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Rows("SELECT number FROM trials").size(), 2u);
}

TEST_P(StudyEditsTest, AFinishedSpaceIsRememberedByWhoeverAsksInVain) {
  ASSERT_TRUE(Create(ParseStudy(R"pb(
                name: "s"
                objective { direction: MINIMIZE }
                parameter {
                  name: "x"
                  categorical { choice: "a" choice: "b" }
                }
                search {
                  sampler { grid {} }
                  trials: 10
                }
              )pb"))
                  .ok());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(AskFor().ok());
    ASSERT_TRUE(TellValues(i, {1}).ok());
  }
  EXPECT_THAT(std::string(AskFor().status().message()), HasSubstr("no point left"));
  EXPECT_TRUE(Summary().finished());
}

TEST_P(StudyEditsTest, ToldValuesCompleteATrialAndARepeatIsAcknowledged) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  ASSERT_TRUE(AskFor().ok());
  const absl::StatusOr<TellTrialResponse> told = TellValues(0, {0.5});
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->trial().state(), COMPLETE);
  EXPECT_EQ(told->trial().value(0), 0.5);
  EXPECT_EQ(told->trial().attempt(0).state(), ENDED);
  EXPECT_TRUE(TellValues(0, {0.5}).ok());
  EXPECT_EQ(TellValues(0, {0.6}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(TellEndOf(0, FAIL).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(TellStep(0, 1, 0.5).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Trial(0).value(0), 0.5);
}

TEST_P(StudyEditsTest, NanFailsTheTrialAsInOptuna) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  ASSERT_TRUE(AskFor().ok());
  const absl::StatusOr<TellTrialResponse> told = TellValues(0, {kNan});
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->trial().state(), FAIL);
  EXPECT_THAT(told->trial().attempt(0).reason(), HasSubstr("NaN"));
  EXPECT_TRUE(TellValues(0, {kNan}).ok());
}

TEST_P(StudyEditsTest, WhatIsPrunedTakesItsLastStepsValue) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  ASSERT_TRUE(AskFor().ok());
  ASSERT_TRUE(TellStep(0, 2, 0.25).ok());
  ASSERT_TRUE(TellStep(0, 1, 0.75).ok());
  const absl::StatusOr<TellTrialResponse> told = TellEndOf(0, PRUNED);
  ASSERT_TRUE(told.ok()) << told.status();
  ASSERT_EQ(told->trial().value_size(), 1);
  EXPECT_EQ(told->trial().value(0), 0.25);
  EXPECT_TRUE(TellEndOf(0, PRUNED).ok());
}

TEST_P(StudyEditsTest, FailureKeepsItsReason) {
  ASSERT_TRUE(Create(AskedStudy(5)).ok());
  ASSERT_TRUE(AskFor().ok());
  const absl::StatusOr<TellTrialResponse> told = TellEndOf(0, FAIL, "out of memory");
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->trial().attempt(0).reason(), "out of memory");
  EXPECT_EQ(told->trial().value_size(), 0);
}

TEST_P(StudyEditsTest, ThePrunerJudgesToldSteps) {
  ASSERT_TRUE(Create(AskedStudy(5, "search { pruner { threshold { upper: 10 } } }")).ok());
  ASSERT_TRUE(AskFor().ok());
  const absl::StatusOr<TellTrialResponse> fine = TellStep(0, 1, 5);
  ASSERT_TRUE(fine.ok()) << fine.status();
  EXPECT_FALSE(fine->stop());
  const absl::StatusOr<TellTrialResponse> bad = TellStep(0, 2, 50);
  ASSERT_TRUE(bad.ok()) << bad.status();
  EXPECT_TRUE(bad->stop());
  EXPECT_NE(bad->reason(), "");
  EXPECT_EQ(bad->trial().state(), RUNNING);  // the one who does it ends it
  EXPECT_EQ(bad->trial().step_size(), 2);
}

TEST_P(StudyEditsTest, AWorkersTrialIsNotTold) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const Lease lease = Ask(Connect("bob"), "r1")->lease();
  EXPECT_THAT(std::string(TellValues(0, {0.5}).status().message()), HasSubstr("worker bob trains trial 0"));
  const ConnectionId back = Connect("bob");  // where the file was changed alone, the coordinator started again
  EXPECT_TRUE(Finish(back, lease, 0.75));
}

TEST_P(StudyEditsTest, ATrialThatWaitsIsAskedForFirst) {
  ASSERT_TRUE(Create(AskedStudy(3)).ok());
  ASSERT_TRUE(Enqueue({{"c", "1"}}).ok());
  EXPECT_THAT(std::string(TellValues(0, {0.5}).status().message()), HasSubstr("parzen trial ask"));
  EXPECT_EQ(TellValues(3, {0.5}).status().code(), absl::StatusCode::kNotFound);
}

TEST_P(StudyEditsTest, ATrialThatOptunaAskedMayBeTold) {
  ASSERT_TRUE(Create(AskedStudy(3)).ok());
  Execute(
      "INSERT INTO trials (number, study_id, state, datetime_start) "
      "SELECT 0, study_id, 'RUNNING', '2026-01-01 00:00:00.000000' FROM studies");
  Restart();
  const absl::StatusOr<TellTrialResponse> told = TellEndOf(0, FAIL, "gave up");
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(told->trial().state(), FAIL);
  EXPECT_EQ(SystemAttribute(0, "fail_reason"), "\"gave up\"");
}

TEST_P(StudyEditsTest, WhatCannotBeIsRefusedAndKeepsNothing) {
  ASSERT_TRUE(Create(AskedStudy(3)).ok());
  ASSERT_TRUE(AskFor().ok());
  const auto refused = [&](const TellTrialRequest& request) {
    const absl::Status status = Told(request, 0).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << request.ShortDebugString();
    return std::string(status.message());
  };
  TellTrialRequest two_values;
  two_values.set_state(COMPLETE);
  two_values.add_value(1);
  two_values.add_value(2);
  EXPECT_THAT(refused(two_values), HasSubstr("1, not 2"));
  TellTrialRequest values_of_nothing;
  values_of_nothing.add_value(1);
  EXPECT_THAT(refused(values_of_nothing), HasSubstr("COMPLETE"));
  TellTrialRequest waiting;
  waiting.set_state(WAITING);
  EXPECT_THAT(refused(waiting), HasSubstr("COMPLETE, PRUNED or FAIL"));
  TellTrialRequest pruned;
  pruned.set_state(PRUNED);
  pruned.add_value(1);
  EXPECT_THAT(refused(pruned), HasSubstr("last step"));
  TellTrialRequest good_and_bad;
  good_and_bad.add_step()->set_step(1);
  good_and_bad.add_step()->set_step(-1);
  EXPECT_THAT(refused(good_and_bad), HasSubstr("step -1"));
  TellTrialRequest no_json;
  no_json.add_attribute()->set_name("a");
  no_json.mutable_attribute(0)->set_json("{");
  EXPECT_THAT(refused(no_json), HasSubstr("must be JSON"));
  TellTrialRequest long_name;
  long_name.add_attribute()->set_name(std::string(513, 'a'));
  long_name.mutable_attribute(0)->set_json("1");
  EXPECT_THAT(refused(long_name), HasSubstr("512"));
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_EQ(Trial(0).step_size(), 0);
}

TEST_P(StudyEditsTest, ConstraintsComeFromTheMetricsThatAreTold) {
  ASSERT_TRUE(Create(AskedStudy(3, "constraint { metric: \"seconds\" at_most: 10 }")).ok());
  ASSERT_TRUE(AskFor().ok());
  EXPECT_THAT(std::string(TellValues(0, {1}).status().message()), HasSubstr("\"seconds\""));
  EXPECT_EQ(Trial(0).state(), RUNNING);
  TellTrialRequest request;
  request.set_state(COMPLETE);
  request.add_value(1);
  request.add_attribute()->set_name("seconds");
  request.mutable_attribute(0)->set_json("12.5");
  const absl::StatusOr<TellTrialResponse> told = Told(request, 0);
  ASSERT_TRUE(told.ok()) << told.status();
  ASSERT_EQ(told->trial().constraint_size(), 1);
  EXPECT_EQ(told->trial().constraint(0).value(), 2.5);
  EXPECT_FALSE(Summary().has_best());
}

TEST_P(StudyEditsTest, TheSamplerLearnsFromWhatIsTold) {
  ASSERT_TRUE(Create(AskedStudy(40, "search { sampler { tpe { startup_trials: 5 } } seed: 1 }")).ok());
  double late = 0;
  for (int i = 0; i < 40; ++i) {
    const absl::StatusOr<TrialRecord> trial = AskFor();
    ASSERT_TRUE(trial.ok()) << trial.status();
    const double c = std::stod(Parameter(*trial, "c"));
    const double value = std::abs(std::log10(c) - 1);
    if (i >= 30) late += value / 10;
    ASSERT_TRUE(TellValues(i, {value}).ok());
  }
  EXPECT_LT(late, 1);  // by chance it is 1.7
}

}  // namespace
}  // namespace parzen
