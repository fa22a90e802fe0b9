// Points that are asked for: in the study file, or by Optuna.
#include <set>

#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class EnqueueTest : public DispatcherTest {
 protected:
  static StudySpec Spec(const std::string& more = "") {
    StudySpec spec;
    const std::string text = R"(
      name: "s" objective { direction: MINIMIZE } function { sphere {} }
      parameter { name: "x" float { low: -5 high: 5 } }
      parameter { name: "n" int { low: 1 high: 9 } }
      parameter { name: "kind" categorical { choice: "a" choice: "b" } }
      search { trials: 10 sampler { random {} } })";
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec));
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(more, &spec)) << more;
    return spec;
  }

  // What Optuna's enqueue_trial leaves while no coordinator runs.
  void OptunaEnqueues(int number, const std::string& fixed_params) {
    Execute(absl::StrCat("INSERT INTO trials (number, study_id, state) VALUES (", number, ", 1, 'WAITING');",
                         "INSERT INTO trial_system_attributes (trial_id, \"key\", value_json) SELECT max(trial_id), ",
                         "'fixed_params', '", fixed_params, "' FROM trials"));
  }

  // "name json" of each parameter.
  std::vector<std::string> Parameters(int64_t number) {
    std::vector<std::string> parameters;
    const TrialRecord trial = Trial(number);
    for (const NamedJson& parameter : trial.parameter()) {
      parameters.push_back(absl::StrCat(parameter.name(), " ", parameter.json()));
    }
    return parameters;
  }
};

constexpr char kTwoPoints[] = R"(search {
  enqueue { set { parameter: "x" value: "0.5" } set { parameter: "n" value: "3" } set { parameter: "kind" value: "b" } }
  enqueue { set { parameter: "n" value: "7" } } })";

TEST_F(EnqueueTest, PointsOfTheStudyFileWaitAsOptunaLeavesThem) {
  ASSERT_TRUE(Create(Spec(kTwoPoints)).ok());
  EXPECT_THAT(Rows("SELECT number, state FROM trials"), ElementsAre("0 WAITING", "1 WAITING"));
  EXPECT_THAT(Rows("SELECT \"key\", value_json FROM trial_system_attributes"),
              ElementsAre("fixed_params {\"x\": 0.5, \"n\": 3, \"kind\": \"b\"}", "fixed_params {\"n\": 7}"));
  EXPECT_THAT(Rows("SELECT datetime_start, 1 FROM trials WHERE datetime_start IS NOT NULL"), IsEmpty());
}

TEST_F(EnqueueTest, TheyAreTriedFirstInTheirOrderAndCompletedByTheSampler) {
  ASSERT_TRUE(Create(Spec(kTwoPoints)).ok());
  const ConnectionId alice = Connect("alice", 10);
  const std::optional<Assignment> first = Ask(alice);
  EXPECT_THAT(first->task().function().x(), ElementsAre(0.5, 3, 1));
  EXPECT_THAT(Parameters(0), ElementsAre("x 0.5", "n 3", "kind \"b\""));
  EXPECT_EQ(Ask(alice)->task().function().x(1), 7);
  EXPECT_EQ(Parameters(1).size(), 3u);
  EXPECT_EQ(Ask(alice)->task().function().trial_number(), 2);
  EXPECT_THAT(Rows("SELECT kind, detail FROM parzen_events"), IsEmpty());
}

TEST_F(EnqueueTest, TwoPointsOfWhichNothingIsGivenAreNotTheSame) {
  ASSERT_TRUE(Create(Spec()).ok());
  OptunaEnqueues(0, "{}");
  OptunaEnqueues(1, "{}");
  Restart();
  const ConnectionId alice = Connect("alice", 10);
  std::set<double> xs;
  for (int i = 0; i < 4; ++i) xs.insert(Ask(alice)->task().function().x(0));
  EXPECT_EQ(xs.size(), 4u);
}

TEST_F(EnqueueTest, TheyCountInTheBudget) {
  ASSERT_TRUE(Create(Spec(std::string(kTwoPoints) + " search { trials: 3 }")).ok());
  const ConnectionId alice = Connect("alice", 10);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(FinishWith(alice, Ask(alice)->lease(), {{"value", 1}}));
  EXPECT_FALSE(Ask(alice).has_value());
  EXPECT_EQ(Summary().complete(), 3);
  EXPECT_TRUE(Summary().finished());
}

TEST_F(EnqueueTest, APointIsCompletedOnceWhateverBecomesOfItsAttempts) {
  ASSERT_TRUE(Create(Spec(kTwoPoints)).ok());
  Ask(Connect("alice"));
  const Assignment lost = *Ask(Connect("bob"));
  Pass(kLease);
  const ConnectionId carol = Connect("carol", 10);
  Ask(carol);
  const Assignment again = *Ask(carol);
  EXPECT_EQ(again.lease().attempt(), 2);
  EXPECT_EQ(again.task().SerializeAsString(), lost.task().SerializeAsString());
  Pass(kLease);
  Restart();
  const ConnectionId dave = Connect("dave", 10);
  Ask(dave);
  EXPECT_EQ(Ask(dave)->task().SerializeAsString(), lost.task().SerializeAsString());
}

TEST_F(EnqueueTest, WhatOptunaEnqueuedMeanwhileIsTriedBeforeNewTrials) {
  ASSERT_TRUE(Create(Spec()).ok());
  const ConnectionId alice = Connect("alice");
  ASSERT_TRUE(FinishWith(alice, Ask(alice)->lease(), {{"value", 1}}));
  OptunaEnqueues(1, R"({"kind": "a", "x": -2})");
  Restart();
  const Assignment assignment = *Ask(Connect("bob"));
  EXPECT_EQ(assignment.task().function().trial_number(), 1);
  EXPECT_EQ(assignment.task().function().x(0), -2);
  EXPECT_EQ(assignment.task().function().x(2), 0);
  EXPECT_EQ(Trial(1).state(), RUNNING);
}

TEST_F(EnqueueTest, ValuesThatAreNoneOfTheSpaceAreIgnoredWithAnEvent) {
  ASSERT_TRUE(Create(Spec()).ok());
  OptunaEnqueues(0, R"({"x": 99, "n": "many", "kind": "c", "other": 1, "z": [1]})");
  OptunaEnqueues(1, R"(not json)");
  OptunaEnqueues(2, R"({"n": 4.5, "x": 1.25})");
  Restart();
  const ConnectionId alice = Connect("alice", 10);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Ask(alice).has_value());
  EXPECT_EQ(Parameters(0).size(), 3u);
  EXPECT_THAT(Parameters(2), testing::Contains("x 1.25"));
  const std::vector<std::string> events = Rows("SELECT trial_id, detail FROM parzen_events ORDER BY event_id");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_THAT(events[0],
              testing::AllOf(HasSubstr("\"x\": 99"), HasSubstr("\"n\": \"many\""), HasSubstr("\"kind\": \"c\""),
                             HasSubstr("\"other\", which is no parameter"), HasSubstr("\"z\"")));
  EXPECT_THAT(events[1], HasSubstr("no JSON object"));
  EXPECT_THAT(events[2], HasSubstr("\"n\": 4.5"));
}

TEST_F(EnqueueTest, AGridFillsInWhatIsMissingAndStillTriesEveryPoint) {
  StudySpec spec = Spec(R"(search { enqueue { set { parameter: "kind" value: "b" } } })");
  spec.mutable_parameter()->DeleteSubrange(0, 2);
  *spec.add_parameter() = spec.parameter(0);
  spec.mutable_parameter(1)->set_name("other");
  spec.mutable_search()->mutable_sampler()->mutable_grid();
  spec.mutable_search()->clear_trials();
  ASSERT_TRUE(Create(spec).ok());
  const ConnectionId alice = Connect("alice", 10);
  std::set<std::string> points;
  for (std::optional<Assignment> given = Ask(alice); given.has_value(); given = Ask(alice)) {
    points.insert(absl::StrCat(given->task().function().x(0), " ", given->task().function().x(1)));
    ASSERT_TRUE(FinishWith(alice, given->lease(), {{"value", 1}}));
  }
  EXPECT_EQ(points.size(), 4u);
  EXPECT_EQ(Summary().complete(), 4);
}

}  // namespace
}  // namespace parzen
