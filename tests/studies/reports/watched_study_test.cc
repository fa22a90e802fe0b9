// A study that goes on while it is watched.
#include "studies/reports/watched_study.h"

#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class WatchedStudyTest : public StoreTest {
 protected:
  WatchedStudyTest() {
    Open();
    study_id_ = CreateStudy(ForestSpec("s"));
  }
  WatchedStudy::Changes Look() {
    StudyReader reader(store());
    const auto changes = watched_.Look(reader);
    EXPECT_TRUE(changes.ok()) << changes.status();
    return changes.value_or(WatchedStudy::Changes());
  }
  std::vector<int64_t> Numbers() {
    std::vector<int64_t> numbers;
    for (const TrialRecord& trial : watched_.snapshot().trials) numbers.push_back(trial.number());
    return numbers;
  }

  int64_t study_id_ = 0;
  WatchedStudy watched_{"s"};
};

TEST_F(WatchedStudyTest, TheFirstLookTellsEverything) {
  AddComplete(study_id_, 0.5);
  const WatchedStudy::Changes changes = Look();
  EXPECT_TRUE(changes.everything);
  EXPECT_THAT(Numbers(), ElementsAre(0));
  EXPECT_EQ(watched_.snapshot().study.complete(), 1);
}

TEST_F(WatchedStudyTest, WithoutAChangeNothingIsTold) {
  AddComplete(study_id_, 0.5);
  AddTrial(study_id_, ForestPoint(0.1));
  Look();
  EXPECT_FALSE(Look().any());
}

TEST_F(WatchedStudyTest, OnlyWhatIsNewOrMovedOnIsTold) {
  AddComplete(study_id_, 0.5);
  const int64_t running = AddTrial(study_id_, ForestPoint(0.1));
  Look();
  Move(running, COMPLETE, {0.7});
  AddTrial(study_id_, ForestPoint(0.2));
  const WatchedStudy::Changes changes = Look();
  EXPECT_FALSE(changes.everything);
  EXPECT_THAT(changes.trials, ElementsAre(1, 2));
  EXPECT_EQ(watched_.ChangesJson(changes)["trials"][0]["values"][0], 0.7);
  EXPECT_EQ(watched_.ChangesJson(changes)["summary"]["best"]["number"], 1);
}

TEST_F(WatchedStudyTest, AStepOfARunningTrialIsAChange) {
  const int64_t running = AddTrial(study_id_, ForestPoint(0.1));
  Look();
  Transact([&] { return store().SetIntermediateValue(running, 3, 0.25); });
  EXPECT_THAT(Look().trials, ElementsAre(0));
  EXPECT_EQ(watched_.snapshot().trials[0].step(0).value(), 0.25);
}

TEST_F(WatchedStudyTest, EachTrialHasItsDistributions) {
  for (int i = 0; i < 3; ++i) AddComplete(study_id_, 0.5);
  Look();
  AddComplete(study_id_, 0.5);
  Look();
  for (const TrialRecord& trial : watched_.snapshot().trials) {
    ASSERT_EQ(trial.distribution_size(), 3);
    EXPECT_THAT(trial.distribution(0), testing::HasSubstr("FloatDistribution")) << trial.number();
  }
}

TEST_F(WatchedStudyTest, OfTrialsThatComeTooFastSomeAreLeftOutButNotTheBest) {
  Look();
  AddComplete(study_id_, 0.9);
  for (int64_t i = 0; i < WatchedStudy::kMostNewTrialsOfLook + 5; ++i) AddComplete(study_id_, 0.5);
  EXPECT_EQ(Look().trials.size(), static_cast<size_t>(WatchedStudy::kMostNewTrialsOfLook + 1));
  EXPECT_EQ(Numbers()[0], 0);
  EXPECT_EQ(Numbers()[1], 6);
  EXPECT_EQ(watched_.WholeJson()["all_trials"], WatchedStudy::kMostNewTrialsOfLook + 6);
}

TEST_F(WatchedStudyTest, OfMoreTrialsThanAreKeptEveryOtherOneGoesAndThatIsTold) {
  watched_ = WatchedStudy("s", /*most_trials=*/10);
  AddComplete(study_id_, 0.5);
  AddComplete(study_id_, 0.9);
  for (int i = 2; i < 10; ++i) AddComplete(study_id_, 0.5);
  EXPECT_THAT(Look().dropped, IsEmpty());
  AddTrial(study_id_, ForestPoint(0.1));
  const WatchedStudy::Changes changes = Look();
  EXPECT_THAT(Numbers(), ElementsAre(1, 2, 4, 6, 8, 10)) << "the best and the one that runs among them";
  EXPECT_THAT(changes.dropped, ElementsAre(0, 3, 5, 7, 9));
  EXPECT_EQ(watched_.ChangesJson(changes)["dropped"].size(), 5u);
  EXPECT_EQ(watched_.ChangesJson(changes)["all_trials"], 11);
  EXPECT_THAT(Look().dropped, IsEmpty());
}

TEST_F(WatchedStudyTest, OfAStudyThatHasMoreTrialsAlreadyThoseThatAreReadAreEvenlySpread) {
  watched_ = WatchedStudy("s", /*most_trials=*/10);
  for (int i = 0; i < 33; ++i) AddComplete(study_id_, i == 6 ? 0.9 : 0.5);
  Look();
  EXPECT_THAT(Numbers(), ElementsAre(0, 4, 6, 8, 12, 16, 20, 24, 28, 32)) << "the best among them";
  AddComplete(study_id_, 0.5);
  const WatchedStudy::Changes changes = Look();
  EXPECT_THAT(changes.trials, testing::Contains(33));
  EXPECT_EQ(watched_.WholeJson()["all_trials"], 34);
}

TEST_F(WatchedStudyTest, ATrialThatWaitsIsToldWithWhatItIsToBeDoneWith) {
  AddComplete(study_id_, 0.5);
  Look();
  Transact([&] { return store().EnqueueTrial(study_id_, R"({"depth": 3})").status(); });
  Look();
  EXPECT_EQ(watched_.WholeJson()["trials"][1]["fixed"]["depth"], 3);
  EXPECT_FALSE(watched_.WholeJson()["trials"][0].contains("fixed"));
}

TEST_F(WatchedStudyTest, AFrontThatIsAllThereIsIsThinnedOutToo) {
  StudySpec spec = ForestSpec("front");
  spec.add_objective()->set_direction(MINIMIZE);
  const int64_t front = CreateStudy(spec);
  watched_ = WatchedStudy("front", /*most_trials=*/10);
  for (int i = 0; i < 11; ++i) {
    if (i == 10) Look();
    Move(AddTrial(front, ForestPoint(0.1)), COMPLETE, {1.0 * i, 1.0 * i});
  }
  Look();
  EXPECT_THAT(Numbers(), ElementsAre(1, 3, 5, 7, 9));
}

TEST_F(WatchedStudyTest, ArtifactsAreThoseOfTheBest) {
  const int64_t first = AddComplete(study_id_, 0.5);
  Transact([&] { return store().PutArtifact(first, "epochs.json", "application/json", "[]"); });
  Look();
  ASSERT_EQ(watched_.snapshot().artifacts.size(), 1u);
  const int64_t second = AddComplete(study_id_, 0.9);
  Transact([&] { return store().PutArtifact(second, "epochs.json", "application/json", "[1]"); });
  Look();
  EXPECT_EQ(watched_.snapshot().artifacts[0].bytes, "[1]");
}

TEST_F(WatchedStudyTest, AStudyThatIsGoneIsNotFound) {
  Look();
  Transact([&] { return store().DeleteStudy(study_id_); });
  StudyReader reader(store());
  EXPECT_THAT(watched_.Look(reader).status(), IsError(absl::StatusCode::kNotFound, "s"));
}

TEST_F(WatchedStudyTest, WhatALookFoundThatFailedIsToldByTheNext) {
  AddComplete(study_id_, 0.5);
  Look();
  AddComplete(study_id_, 0.9);
  ASSERT_TRUE(RunSql(Path(), "ALTER TABLE parzen_artifacts RENAME TO elsewhere").ok());
  StudyReader reader(store());
  EXPECT_FALSE(watched_.Look(reader).ok());
  EXPECT_THAT(Numbers(), ElementsAre(0, 1)) << "it failed after that";
  ASSERT_TRUE(RunSql(Path(), "ALTER TABLE elsewhere RENAME TO parzen_artifacts").ok());
  EXPECT_THAT(Look().trials, ElementsAre(1));
}

TEST_F(WatchedStudyTest, AStudyThatWasMadeAnewIsToldAsAWhole) {
  AddComplete(study_id_, 0.5);
  Look();
  Transact([&] { return store().DeleteStudy(study_id_); });
  study_id_ = CreateStudy(ForestSpec("s"));
  EXPECT_TRUE(Look().everything);
  EXPECT_THAT(Numbers(), IsEmpty());
}

}  // namespace
}  // namespace parzen
