#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <memory>

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

const absl::Time kNoon = absl::FromUnixSeconds(1'795'176'000);  // 2026-11-20 12:00:00

StudySummary Study(int64_t complete, int64_t budget) {
  StudySummary study;
  study.set_name("s");
  study.add_direction(MAXIMIZE);
  study.add_metric("accuracy");
  study.set_complete(complete);
  study.set_budget(budget);
  study.set_finished(complete == budget);
  return study;
}

TEST(PaceTest, IsUnknownBeforeATrialFinishes) {
  Pace pace;
  pace.Observe(5, absl::Seconds(10));
  pace.Observe(5, absl::Seconds(20));
  EXPECT_EQ(pace.SecondsPerTrial(), std::nullopt);
}

TEST(PaceTest, CountsFromTheFirstLookToTheLastTrial) {
  Pace pace;
  pace.Observe(5, absl::Seconds(10));
  pace.Observe(9, absl::Seconds(18));
  pace.Observe(9, absl::Seconds(100));
  EXPECT_THAT(pace.SecondsPerTrial(), Optional(2.0));
}

TEST(ProgressTest, SaysHowFarHowLongAndHowGood) {
  StudySummary study = Study(10, 30);
  study.set_running(2);
  study.set_failed(2);
  study.mutable_best()->set_number(7);
  study.mutable_best()->add_value(.95123456);
  NamedJson& trees = *study.mutable_best()->add_parameter();
  trees.set_name("trees");
  trees.set_json("120");
  Pace pace;
  pace.Observe(0, absl::ZeroDuration());
  pace.Observe(12, absl::Seconds(18));
  EXPECT_THAT(ProgressLines(study, pace),
              ElementsAre("[########------------] 12/30  running 2  failed 2  1.5 s/trial  ETA 0:27",
                          "best 0.951235 (trial 7): trees = 120"));
  EXPECT_EQ(ProgressSummary(study, pace), "12/30  running 2  failed 2  best 0.951235 (trial 7)  1.5 s/trial  ETA 0:27");
}

TEST(ProgressTest, StudyWithoutBudgetHasNoBarAndNoEta) {
  Pace pace;
  pace.Observe(0, absl::ZeroDuration());
  pace.Observe(4, absl::Seconds(2));
  EXPECT_THAT(ProgressLines(Study(4, 0), pace), ElementsAre("4 trials  running 0  failed 0  0.5 s/trial"));
}

TEST(ProgressTest, FinishedStudyHasNoEta) {
  Pace pace;
  pace.Observe(0, absl::ZeroDuration());
  pace.Observe(4, absl::Seconds(2));
  EXPECT_THAT(ProgressSummary(Study(4, 4), pace), Not(HasSubstr("ETA")));
}

TEST(ProgressTest, NarrowTerminalKeepsTheEtaAndLosesTheBar) {
  Pace pace;
  pace.Observe(0, absl::ZeroDuration());
  pace.Observe(2, absl::Seconds(2));
  EXPECT_THAT(ProgressLines(Study(2, 4), pace, 60), ElementsAre("2/4  running 0  failed 0  1 s/trial  ETA 0:02"));
}

TEST(ProgressTest, FailedTrialIsToldWithItsReason) {
  TrialRecord trial;
  trial.set_number(3);
  trial.set_state(FAIL);
  trial.add_attempt()->set_reason("first");
  trial.add_attempt()->set_reason("d.csv: no such file");
  EXPECT_EQ(TrialLine(Study(0, 9), trial, 1), "1/9  trial 3 FAIL  d.csv: no such file");
}

TEST(DurationTextTest, IsSecondsWhileTheyAreFew) {
  EXPECT_EQ(DurationText(0.0042), "0.0042 s");
  EXPECT_EQ(DurationText(13.2), "13 s");
  EXPECT_EQ(DurationText(130), "2:10");
}

TEST(ClockTextTest, HasHoursOnlyWhereNeeded) {
  EXPECT_EQ(ClockText(9.6), "0:10");
  EXPECT_EQ(ClockText(725), "12:05");
  EXPECT_EQ(ClockText(11045), "3:04:05");
  EXPECT_EQ(ClockText(1e300), "99:59:59");
}

// A study whose trials finish when told to, and a stream that is no terminal.
class ProgressViewTest : public testing::Test, private StudySource {
 protected:
  ProgressViewTest() : stream_(open_memstream(&text_, &size_)), view_(*this, stream_) {}
  ~ProgressViewTest() override {
    fclose(stream_);
    free(text_);
  }

  void Add(TrialState state) { trials_.push_back(state); }
  // What a look prints.
  std::string Look() {
    fflush(stream_);
    const size_t before = size_;
    EXPECT_TRUE(view_.Show("s", {kNoon, absl::Seconds(++looks_)}).ok());
    fflush(stream_);
    return std::string(text_ + before, size_ - before);
  }

  std::vector<TrialState> trials_;
  int64_t budget_ = 40;
  int64_t first_listed_ = 1000;  // the lowest number that was asked for

 private:
  std::string Place() const override { return "the test"; }
  absl::StatusOr<ListStudiesResponse> ListStudies(const ListStudiesRequest&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<StudySummary> GetStudy(const GetStudyRequest&) override { return absl::UnimplementedError(""); }
  absl::StatusOr<ListTrialsResponse> ListTrials(const ListTrialsRequest& request) override {
    ListTrialsResponse page;
    first_listed_ = std::min(first_listed_, request.from_number());
    for (int64_t n = request.from_number(); n < static_cast<int64_t>(trials_.size()) && page.trial_size() < 2; ++n) {
      page.add_trial()->set_number(n);
      page.mutable_trial(page.trial_size() - 1)->set_state(trials_[n]);
      page.set_more(n + 1 < static_cast<int64_t>(trials_.size()));
    }
    return page;
  }
  absl::StatusOr<TrialRecord> GetTrial(const GetTrialRequest& request) override {
    TrialRecord trial;
    trial.set_number(request.number());
    trial.set_state(trials_.at(request.number()));
    return trial;
  }
  absl::StatusOr<ListArtifactsResponse> ListArtifacts(const ListArtifactsRequest&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<ArtifactPart> GetArtifact(const GetArtifactRequest&) override { return absl::UnimplementedError(""); }
  absl::StatusOr<StudyProgress> GetProgress(const GetProgressRequest&) override {
    StudyProgress progress;
    *progress.mutable_study() = Study(std::count(trials_.begin(), trials_.end(), COMPLETE), budget_);
    progress.mutable_study()->set_waiting(std::count(trials_.begin(), trials_.end(), WAITING));
    for (size_t n = 0; n < trials_.size(); ++n) {
      if (trials_[n] == RUNNING) progress.add_running()->set_number(n);
    }
    progress.mutable_study()->set_running(progress.running_size());
    return progress;
  }
  absl::StatusOr<BestTrialsResponse> BestTrials(const BestTrialsRequest&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<ListWorkersResponse> ListWorkers(const ListWorkersRequest&) override {
    return absl::UnimplementedError("");
  }

  char* text_ = nullptr;
  size_t size_ = 0;
  FILE* stream_;
  ProgressView view_;
  int looks_ = 0;
};

TEST_F(ProgressViewTest, EveryTrialThatFinishedIsToldOnce) {
  EXPECT_THAT(Look(), HasSubstr("0/40"));
  trials_ = {RUNNING, COMPLETE, COMPLETE, RUNNING};
  EXPECT_EQ(Look(), "1/40  trial 1 COMPLETE\n2/40  trial 2 COMPLETE\n");
  trials_ = {COMPLETE, COMPLETE, COMPLETE, RUNNING, COMPLETE};
  EXPECT_EQ(Look(), "3/40  trial 0 COMPLETE\n4/40  trial 4 COMPLETE\n");
}

TEST_F(ProgressViewTest, NothingNewPrintsNothing) {
  trials_ = {COMPLETE, RUNNING};
  Look();
  EXPECT_EQ(Look(), "");
}

TEST_F(ProgressViewTest, TrialsFromBeforeTheFirstLookAreOnlyCounted) {
  trials_ = {COMPLETE, COMPLETE, COMPLETE};
  EXPECT_EQ(Look(), "3/40  running 0  failed 0\n");
  Add(COMPLETE);
  EXPECT_EQ(Look(), "4/40  trial 3 COMPLETE\n");
}

TEST_F(ProgressViewTest, ALookDoesNotReadTheTrialsOfBeforeAgain) {
  trials_.assign(30, COMPLETE);
  trials_[2] = RUNNING;
  Look();
  Add(COMPLETE);
  trials_[2] = COMPLETE;
  EXPECT_EQ(Look(), "30/40  trial 2 COMPLETE\n31/40  trial 30 COMPLETE\n");
  EXPECT_EQ(first_listed_, 30);
}

TEST_F(ProgressViewTest, TrialsThatWaitedAtTheFirstLookAreToldWhenTheyEnd) {
  trials_ = {COMPLETE, WAITING, WAITING};
  Look();
  trials_ = {COMPLETE, RUNNING, COMPLETE};
  EXPECT_EQ(Look(), "2/40  trial 2 COMPLETE\n");
  trials_ = {COMPLETE, COMPLETE, COMPLETE, COMPLETE};
  EXPECT_EQ(Look(), "3/40  trial 1 COMPLETE\n4/40  trial 3 COMPLETE\n");
}

TEST_F(ProgressViewTest, ManyTrialsAtOnceAreOneLine) {
  budget_ = 1000;
  Look();
  trials_.assign(500, COMPLETE);
  EXPECT_THAT(Look(), HasSubstr("500/1000  running 0"));
}

TEST_F(ProgressViewTest, EndIsSummedUp) {
  budget_ = 1;
  Look();
  Add(COMPLETE);
  EXPECT_THAT(Look(), HasSubstr("1/1  trial 0 COMPLETE\n1/1  running 0  failed 0"));
}

}  // namespace
}  // namespace parzen
