#include "coordinator/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::Not;

DispatchState::Study StudyWith(const std::string& name, int64_t complete, int64_t waiting = 0) {
  DispatchState::Study study{name, {}};
  study.trials[COMPLETE] = complete;
  study.trials[WAITING] = waiting;
  return study;
}

class MetricsTest : public testing::Test {
 protected:
  std::string Text() { return metrics_.Render("/tmp/none.db"); }
  void Show(std::vector<DispatchState::Study> studies) {
    DispatchState state;
    state.studies = std::move(studies);
    metrics_.Set(state);
  }

  Metrics metrics_{"1.2.3"};
};

TEST_F(MetricsTest, VersionIsALabel) { EXPECT_THAT(Text(), HasSubstr("parzen_build_info{version=\"1.2.3\"} 1")); }

TEST_F(MetricsTest, FinalTrialsAreCountedByStudyAndState) {
  Show({StudyWith("digits", 3, 2)});
  EXPECT_THAT(Text(), HasSubstr("parzen_trials_total{state=\"complete\",study=\"digits\"} 3"));
  EXPECT_THAT(Text(), HasSubstr("parzen_trials_waiting{study=\"digits\"} 2"));
}

TEST_F(MetricsTest, TrialThatIsTakenBackAndDoneAgainIsCountedAgain) {
  Show({StudyWith("digits", 3)});
  Show({StudyWith("digits", 2)});
  EXPECT_THAT(Text(), HasSubstr("{state=\"complete\",study=\"digits\"} 3"));
  Show({StudyWith("digits", 3)});
  EXPECT_THAT(Text(), HasSubstr("{state=\"complete\",study=\"digits\"} 4"));
}

TEST_F(MetricsTest, LostAttemptsAreCountedByStudy) {
  AttemptCounts counts{"digits", {}};
  counts.count[static_cast<size_t>(AttemptEvent::kLost)] = 2;
  metrics_.Add({counts});
  EXPECT_THAT(Text(), HasSubstr("parzen_attempts_total{event=\"lost\",study=\"digits\"} 2"));
}

TEST_F(MetricsTest, DeletedStudyIsShownNoMore) {
  Show({StudyWith("digits", 3), StudyWith("mnist", 1)});
  Show({StudyWith("mnist", 1)});
  EXPECT_THAT(Text(), Not(HasSubstr("digits")));
  EXPECT_THAT(Text(), HasSubstr("mnist"));
}

TEST_F(MetricsTest, StudiesBeyondTheBoundAreCountedTogether) {
  std::vector<DispatchState::Study> studies;
  for (size_t i = 0; i < kMaxShownStudies; ++i) studies.push_back(StudyWith(absl::StrCat("s", i), 0));
  Show(std::move(studies));
  for (int i = 0; i < 3; ++i) {
    AttemptCounts counts{absl::StrCat("one more ", i), {}};
    counts.count[static_cast<size_t>(AttemptEvent::kStarted)] = 1;
    metrics_.Add({counts});
  }
  EXPECT_THAT(Text(), HasSubstr("parzen_attempts_total{event=\"started\",study=\"\"} 3"));
  EXPECT_THAT(Text(), Not(HasSubstr("one more")));
}

TEST_F(MetricsTest, NameOfAStudyCannotBreakTheFormat) {
  Show({StudyWith("a\"} 1\nforged 2", 1)});
  EXPECT_THAT(Text(), Not(HasSubstr("\nforged")));
}

TEST_F(MetricsTest, FailedCommitIsCountedAndShownUntilOneWorks) {
  metrics_.CommitFailed();
  EXPECT_THAT(Text(), HasSubstr("parzen_storing 0"));
  metrics_.Committed(3, absl::Milliseconds(2), absl::Milliseconds(4));
  metrics_.SetStoring(true);
  EXPECT_THAT(Text(), HasSubstr("parzen_storing 1"));
  EXPECT_THAT(Text(), HasSubstr("parzen_commits_failed_total 1"));
  EXPECT_THAT(Text(), HasSubstr("parzen_commit_batch_size_sum 3"));
  EXPECT_THAT(Text(), HasSubstr("parzen_commit_seconds_bucket{le=\"0.002\"} 1"));
}

}  // namespace
}  // namespace parzen
