// What happens to a trial when it reports, is pruned, breaks a constraint, or runs a program.
#include <limits>

#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A study of a test function of x; `more` is added to its text.
StudySpec FunctionStudy(const std::string& name, const std::string& more = "") {
  StudySpec spec;
  const std::string text = R"(objective { direction: MINIMIZE } function { sphere {} curve {} }
                              parameter { name: "x" float { low: -5 high: 5 } } search { trials: 100 } )";
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec));
  EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(more, &spec)) << more;
  spec.set_name(name);
  return spec;
}

class PruningTest : public DispatcherTest {
 protected:
  void CreateFunction(const std::string& more) {
    const absl::Status created = Create(FunctionStudy("s", more));
    ASSERT_TRUE(created.ok()) << created;
    alice_ = Connect("alice", 100, false, {}, /*allow_commands=*/true);
  }
  ConnectionId alice_ = 0;
};

constexpr char kBelowTwo[] = "search { pruner { threshold { upper: 2 } } }";

TEST_F(PruningTest, ATrialThatThePrunerStopsIsPrunedWithItsLastValueAndTheReason) {
  CreateFunction(kBelowTwo);
  const Lease lease = Ask(alice_)->lease();
  EXPECT_EQ(Report(alice_, lease, 1, 1.5), true);
  EXPECT_EQ(Trial(0).state(), RUNNING);
  EXPECT_EQ(Report(alice_, lease, 2, 2.5), false);
  const TrialRecord trial = Trial(0);
  EXPECT_EQ(trial.state(), PRUNED);
  EXPECT_THAT(trial.value(), ElementsAre(2.5));
  EXPECT_EQ(trial.step_size(), 2);
  EXPECT_EQ(trial.attempt(0).state(), ENDED);
  EXPECT_THAT(trial.attempt(0).reason(), HasSubstr("2.5 at step 2 is above 2"));
  EXPECT_THAT(Rows("SELECT \"key\", value_json FROM trial_system_attributes"),
              ElementsAre("parzen:pruned \"" + trial.attempt(0).reason() + "\""));
}

TEST_F(PruningTest, ATrialPrunedAtNanHasNoValue) {
  CreateFunction(kBelowTwo);
  EXPECT_EQ(Report(alice_, Ask(alice_)->lease(), 1, kNan), false);
  EXPECT_EQ(Trial(0).state(), PRUNED);
  EXPECT_THAT(Trial(0).value(), IsEmpty());
}

TEST_F(PruningTest, AReportAfterTheStopIsAnsweredWithDrop) {
  CreateFunction(kBelowTwo);
  const Lease lease = Ask(alice_)->lease();
  EXPECT_EQ(Report(alice_, lease, 1, 9), false);
  EXPECT_EQ(Report(alice_, lease, 1, 9), std::nullopt);
  Restart();
  alice_ = Connect("alice");
  EXPECT_EQ(Report(alice_, lease, 2, 1), std::nullopt);
  EXPECT_EQ(Trial(0).step_size(), 1);
}

TEST_F(PruningTest, AnEndAfterTheStopIsNotCountedButKept) {
  CreateFunction(kBelowTwo);
  const Lease lease = Ask(alice_)->lease();
  EXPECT_EQ(Report(alice_, lease, 1, 9), false);
  EXPECT_FALSE(FinishWith(alice_, lease, {{"value", 0.5}}));
  EXPECT_EQ(Trial(0).state(), PRUNED);
  EXPECT_THAT(Rows("SELECT kind, detail FROM parzen_events"),
              ElementsAre(HasSubstr("stale_end attempt 1 reported its end after it was pruned")));
}

TEST_F(PruningTest, APrunedTrialCountsInTheBudgetAndIsNeverTheBest) {
  CreateFunction(std::string(kBelowTwo) + " search { trials: 2 }");
  EXPECT_EQ(Report(alice_, Ask(alice_)->lease(), 1, 3), false);
  EXPECT_TRUE(FinishWith(alice_, Ask(alice_)->lease(), {{"value", 7}}));
  EXPECT_FALSE(Ask(alice_).has_value());
  EXPECT_EQ(Summary().pruned(), 1);
  EXPECT_TRUE(Summary().finished());
  EXPECT_EQ(Summary().best().number(), 1);
}

TEST_F(PruningTest, AMedianOverCompleteTrialsStopsAWorseOneAfterARestartToo) {
  for (const bool restart : {false, true}) {
    const std::string name = restart ? "restarted" : "straight";
    ASSERT_TRUE(Create(FunctionStudy(name, "search { trials: 6 pruner { median {} } }")).ok());
    ConnectionId worker = Connect(name, 10);
    for (int i = 0; i < 5; ++i) {
      const Lease lease = Ask(worker)->lease();
      EXPECT_EQ(Report(worker, lease, 1, i), true);
      EXPECT_TRUE(FinishWith(worker, lease, {{"value", i}}));
    }
    const Lease lease = Ask(worker)->lease();
    if (restart) {
      Restart();
      worker = Connect(name, 10, false, {lease});
    }
    EXPECT_EQ(Report(worker, lease, 1, 2.5), false);
    EXPECT_THAT(Trial(5, name).attempt(0).reason(),
                HasSubstr("worse than 2, the median of 5 complete trials at step 1"));
  }
}

TEST_F(PruningTest, AnInfiniteObjectiveIsAResult) {
  CreateFunction("");
  EXPECT_TRUE(FinishWith(alice_, Ask(alice_)->lease(), {{"value", kInfinity}}));
  EXPECT_EQ(Trial(0).state(), COMPLETE);
  EXPECT_THAT(Trial(0).value(), ElementsAre(kInfinity));
  EXPECT_THAT(Rows("SELECT value, value_type FROM trial_values"), ElementsAre(" INF_POS"));
  EXPECT_TRUE(FinishWith(alice_, Ask(alice_)->lease(), {{"value", 3}}));
  EXPECT_EQ(Summary().best().number(), 1);
}

TEST_F(PruningTest, AMetricWithoutANameFailsTheTrialAndNothingElse) {
  CreateFunction("");
  EXPECT_TRUE(FinishWith(alice_, Ask(alice_)->lease(), {{"value", 1}, {"", 2}}));
  EXPECT_EQ(Trial(0).state(), FAIL);
  EXPECT_THAT(Trial(0).attempt(0).reason(), HasSubstr("a metric whose name is not 1 to 512 bytes"));
}

TEST_F(PruningTest, OptionsThatThePrunerRefusesRefuseTheStudy) {
  const absl::Status refusal = Create(FunctionStudy("s", "search { pruner { threshold { lower: 3 upper: 2 } } }"));
  EXPECT_TRUE(absl::IsInvalidArgument(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("search.pruner.threshold"));
  EXPECT_TRUE(absl::IsNotFound(store_->FindStudy("s").status()));
}

// Of a program: what it measures is its own affair.
constexpr char kConstraints[] =
    R"(command { argv: "true" } constraint { metric: "seconds" at_most: 10 } constraint { metric: "recall" at_least: 0.5 })";

TEST_F(PruningTest, ConstraintsAreStoredAsOptuna5StoresThem) {
  CreateFunction(kConstraints);
  EXPECT_TRUE(FinishWith(alice_, Ask(alice_)->lease(), {{"value", 1}, {"seconds", 12.5}, {"recall", 0.75}}));
  EXPECT_EQ(Trial(0).state(), COMPLETE);
  EXPECT_THAT(Rows("SELECT \"key\", value_json FROM trial_system_attributes"),
              ElementsAre("constraints:seconds 2.5", "constraints:recall -0.25"));
  ASSERT_EQ(Trial(0).constraint_size(), 2);
  EXPECT_EQ(Trial(0).constraint(0).name(), "seconds");
  EXPECT_EQ(Trial(0).constraint(0).value(), 2.5);
  EXPECT_EQ(dispatcher_->FindStudy("s")->history()[0].violation, 2.5);
}

TEST_F(PruningTest, TheBestTrialKeepsAllConstraints) {
  CreateFunction(kConstraints);
  const auto finish = [&](double value, double seconds, double recall) {
    EXPECT_TRUE(FinishWith(alice_, Ask(alice_)->lease(), {{"value", value}, {"seconds", seconds}, {"recall", recall}}));
  };
  finish(1, 11, 0.9);
  EXPECT_FALSE(Summary().has_best());
  finish(2, 9, 0.1);
  finish(4, 9, 0.9);
  finish(3, 10, 0.5);  // on both bounds
  finish(0, kInfinity, 1);
  EXPECT_EQ(Summary().best().number(), 3);
  EXPECT_THAT(Rows("SELECT number, value FROM parzen_best"), ElementsAre("3 3.0"));
}

TEST_F(PruningTest, AConstraintsMetricThatIsMissingOrNanFailsTheTrial) {
  CreateFunction(kConstraints);
  EXPECT_TRUE(FinishWith(alice_, Ask(alice_)->lease(), {{"value", 1}, {"seconds", 1}}));
  EXPECT_EQ(Trial(0).state(), FAIL);
  EXPECT_EQ(Trial(0).attempt(0).reason(), "the worker did not measure recall; it measured value, seconds");
  EXPECT_TRUE(FinishWith(alice_, Ask(alice_)->lease(), {{"value", 1}, {"seconds", kNan}, {"recall", 1}}));
  EXPECT_EQ(Trial(1).attempt(0).reason(), "seconds is NaN");
}

StudySpec CommandStudy(const std::string& name) {
  StudySpec spec = FunctionStudy(name);
  spec.mutable_command()->add_argv("true");
  return spec;
}

TEST_F(PruningTest, ProgramsRunOnlyOnWorkersThatAllowThem) {
  ASSERT_TRUE(Create(CommandStudy("s")).ok());
  EXPECT_FALSE(Ask(Connect("careful")).has_value());
  const std::optional<Assignment> assignment = Ask(Connect("open", 1, false, {}, /*allow_commands=*/true));
  ASSERT_TRUE(assignment.has_value());
  EXPECT_TRUE(assignment->task().has_command());
}

TEST_F(PruningTest, ARequestThatCannotBeServedHoldsUpNobody) {
  EXPECT_FALSE(Ask(Connect("careful"), "first").has_value());
  EXPECT_FALSE(Ask(Connect("open", 1, false, {}, /*allow_commands=*/true), "second").has_value());
  EXPECT_FALSE(Ask(Connect("careful too"), "third").has_value());
  ASSERT_TRUE(Create(CommandStudy("program")).ok());
  EXPECT_FALSE(AssignmentFor("first").has_value());
  EXPECT_TRUE(AssignmentFor("second").has_value());
  ASSERT_TRUE(Create(FunctionStudy("function")).ok());
  EXPECT_EQ(AssignmentFor("first")->study(), "function");
  EXPECT_EQ(AssignmentFor("third")->study(), "function");
}

}  // namespace
}  // namespace parzen
