// Studies at a glance and trials in full, as people ask for them.
#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class AnswerTest : public StoreTest {
 protected:
  AnswerTest() { Open(); }

  StudySummary Summary(const std::string& study = "s") {
    const auto summary = GetStudy(study);
    EXPECT_TRUE(summary.ok()) << summary.status();
    return *summary;
  }
  void AddEnded(int64_t study_id, TrialState state) {
    Move(AddTrial(study_id, ForestPoint(0.1)), state,
         state == COMPLETE ? std::vector<double>{0.5} : std::vector<double>{});
  }
};

TEST_F(AnswerTest, ASummaryCountsTrialsByState) {
  const int64_t study_id = CreateStudy(ForestSpec("s"), 10);
  for (const TrialState state : {COMPLETE, COMPLETE, COMPLETE, PRUNED, PRUNED, FAIL, WAITING})
    AddEnded(study_id, state);
  AddTrial(study_id, ForestPoint(0.1));
  const StudySummary summary = Summary();
  EXPECT_EQ(summary.complete(), 3);
  EXPECT_EQ(summary.pruned(), 2);
  EXPECT_EQ(summary.failed(), 1);
  EXPECT_EQ(summary.waiting(), 1);
  EXPECT_EQ(summary.running(), 1);
  EXPECT_EQ(summary.budget(), 10);
  EXPECT_THAT(summary.metric(), ElementsAre("validation_accuracy"));
}

TEST_F(AnswerTest, ABudgetIsReachedByFinalTrialsOnly) {
  const int64_t study_id = CreateStudy(ForestSpec("s"), 3);
  AddEnded(study_id, COMPLETE);
  AddEnded(study_id, FAIL);
  const int64_t last = AddTrial(study_id, ForestPoint(0.1));
  EXPECT_FALSE(Summary().finished());
  Move(last, PRUNED);
  EXPECT_TRUE(Summary().finished());
  Transact([&] { return store().SetBudget(study_id, 4); });
  EXPECT_FALSE(Summary().finished());
}

TEST_F(AnswerTest, AFinishedSpaceFinishesTheStudyOnceNothingRunsOrWaits) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  const int64_t trial_id = AddTrial(study_id, ForestPoint(0.1));
  Transact([&] { return store().SetSpaceFinished(study_id, true); });
  EXPECT_FALSE(Summary().finished());
  Move(trial_id, WAITING);
  EXPECT_FALSE(Summary().finished());
  Move(trial_id, FAIL);
  EXPECT_TRUE(Summary().finished());
}

TEST_F(AnswerTest, AStudyWithoutBudgetOrTrialsIsNotFinished) {
  CreateStudy(ForestSpec("s"));
  EXPECT_FALSE(Summary().finished());
  EXPECT_FALSE(Summary().has_best());
  EXPECT_EQ(Summary().started(), "");
}

TEST_F(AnswerTest, TheBestTrialFollowsTheDirectionAndTheOldestWinsTies) {
  const int64_t up = CreateStudy(ForestSpec("up", MAXIMIZE));
  const int64_t down = CreateStudy(ForestSpec("down", MINIMIZE));
  for (const double value : {0.5, 0.9, 0.1, 0.9, 0.1}) {
    AddComplete(up, value);
    AddComplete(down, value);
  }
  EXPECT_EQ(Summary("up").best().number(), 1);
  EXPECT_EQ(Summary("down").best().number(), 2);
}

TEST_F(AnswerTest, InfinitiesTakeTheirPlaceInTheOrder) {
  const int64_t up = CreateStudy(ForestSpec("up", MAXIMIZE));
  const int64_t down = CreateStudy(ForestSpec("down", MINIMIZE));
  for (const double value : {0.0, kInfinity, -kInfinity}) {
    AddComplete(up, value);
    AddComplete(down, value);
  }
  EXPECT_EQ(Summary("up").best().number(), 1);
  EXPECT_EQ(Summary("down").best().number(), 2);
}

TEST_F(AnswerTest, APrunedTrialIsNeverTheBest) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  AddComplete(study_id, 0.1);
  Move(AddTrial(study_id, ForestPoint(0.1)), PRUNED, {0.9});
  EXPECT_EQ(Summary().best().number(), 0);
}

TEST_F(AnswerTest, SeveralObjectivesHaveNoBestTrial) {
  StudySpec spec = ForestSpec("s");
  *spec.add_objective() = spec.objective(0);
  const int64_t study_id = CreateStudy(spec);
  Move(AddTrial(study_id, ForestPoint(0.1)), COMPLETE, {0.1, 0.2});
  EXPECT_FALSE(Summary().has_best());
  EXPECT_THAT(GetTrial("s", 0)->value(), ElementsAre(0.1, 0.2));
}

TEST_F(AnswerTest, ASummaryKnowsTheFirstStartAndTheLastEnd) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  const int64_t first = AddTrial(study_id, ForestPoint(0.1), kNoon);
  const int64_t second = AddTrial(study_id, ForestPoint(0.1), kNoon + absl::Seconds(1));
  Move(second, FAIL, {}, kNoon + absl::Seconds(5));
  Move(first, COMPLETE, {1}, kNoon + absl::Seconds(3));
  EXPECT_EQ(Summary().started(), "2026-11-20 12:00:00.000007");
  EXPECT_EQ(Summary().last_completed(), "2026-11-20 12:00:05.000007");
}

TEST_F(AnswerTest, StudiesAreListedInTheOrderInWhichTheyWereMade) {
  for (const char* const name : {"b", "c", "a"}) CreateStudy(ForestSpec(name));
  const auto summaries = ListStudies();
  ASSERT_THAT(*summaries, SizeIs(3));
  EXPECT_EQ((*summaries)[0].name(), "b");
  EXPECT_EQ((*summaries)[2].name(), "a");
}

TEST_F(AnswerTest, ParametersAreShownAsUsersSeeThem) {
  AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.05, 7, 1));
  const auto trial = GetTrial("s", 0);
  std::vector<std::string> parameters;
  for (const NamedJson& parameter : trial->parameter())
    parameters.push_back(absl::StrCat(parameter.name(), "=", parameter.json()));
  EXPECT_THAT(parameters, ElementsAre("share=0.05", "depth=7", "criterion=\"ENTROPY\""));
}

TEST_F(AnswerTest, AttributesStayInTheOrderInWhichTheyCame) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  for (const char* const name : {"z", "a", "z"}) {
    Transact([&] { return store().SetTrialUserAttribute(trial_id, name, "1"); });
  }
  const auto trial = GetTrial("s", 0);
  ASSERT_THAT(trial->user_attribute(), SizeIs(2));
  EXPECT_EQ(trial->user_attribute(0).name(), "z");
}

TEST_F(AnswerTest, StepsAreShownInOrder) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  for (const int64_t step : {2, 0, 1}) {
    Transact([&] { return store().SetIntermediateValue(trial_id, step, step == 1 ? -kInfinity : 0.5); });
  }
  const auto trial = GetTrial("s", 0);
  ASSERT_THAT(trial->step(), SizeIs(3));
  EXPECT_EQ(trial->step(1).step(), 1);
  EXPECT_EQ(trial->step(1).value(), -kInfinity);
}

TEST_F(AnswerTest, TrialsComeAPageAtATime) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  for (int i = 0; i < 5; ++i) AddTrial(study_id, ForestPoint(0.1));
  const auto page = ListTrials("s", 2, 2);
  ASSERT_THAT(*page, SizeIs(2));
  EXPECT_EQ((*page)[0].number(), 2);
  EXPECT_EQ((*page)[1].number(), 3);
  EXPECT_THAT(*ListTrials("s", 5, 2), IsEmpty());
  EXPECT_THAT(*ListTrials("s", 0, 0), IsEmpty());
}

TEST_F(AnswerTest, WhatDoesNotExistIsNotFound) {
  CreateStudy(ForestSpec("s"));
  EXPECT_THAT(GetTrial("s", 0).status(), IsError(absl::StatusCode::kNotFound, "study \"s\" has no trial yet"));
  AddTrial(1, ForestPoint(0.1));
  EXPECT_THAT(GetTrial("s", 1).status(), IsError(absl::StatusCode::kNotFound, "has trials 0 to 0"));
  EXPECT_THAT(ListTrials("t", 0, 1).status(), IsError(absl::StatusCode::kNotFound, "no study \"t\""));
  EXPECT_THAT(GetStudy("t").status(), IsError(absl::StatusCode::kNotFound, "no study \"t\""));
}

}  // namespace
}  // namespace parzen
