#include "cli/watch_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/dot_plot.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::NanSensitiveDoubleEq;
using testing::Not;
using testing::SizeIs;

const absl::Time kNoon = absl::FromUnixSeconds(1'795'176'000);  // 2026-11-20 12:00:00

StudyProgress Progress() {
  StudyProgress progress;
  StudySummary& study = *progress.mutable_study();
  study.set_name("digits");
  study.add_direction(MAXIMIZE);
  study.add_metric("accuracy");
  study.set_budget(30);
  study.set_complete(12);
  study.mutable_best()->set_number(7);
  study.mutable_best()->add_value(.9512);
  for (const auto& [complete, value] : {std::pair(2, .81), std::pair(8, .9512)}) {
    progress.add_improvement()->set_complete(complete);
    progress.mutable_improvement(progress.improvement_size() - 1)->set_value(value);
  }
  return progress;
}

void AddRunning(StudyProgress& progress, int64_t number) {
  RunningTrial& trial = *progress.add_running();
  trial.set_number(number);
  trial.set_attempt(2);
  trial.set_worker("w1");
  trial.set_started("2026-11-20 11:59:48.500000");
  trial.mutable_last_step()->set_step(40);
  trial.mutable_last_step()->set_value(.93);
  progress.mutable_study()->set_running(progress.running_size());
}

WorkerRecord& AddWorker(StudyProgress& progress, const std::string& name) {
  WorkerRecord& worker = *progress.add_worker();
  worker.set_name(name);
  worker.set_host("north");
  worker.set_slots(4);
  worker.set_running(2);
  worker.set_connected("2026-11-20 11:58:00.000000");
  return worker;
}

std::vector<std::string> Lines(const StudyProgress& progress, size_t columns = 100, size_t rows = 30) {
  return WatchLines(progress, Pace(), kNoon, {columns, rows, /*colour=*/false});
}

TEST(WatchViewTest, SaysWhatItsWorkersLack) {
  StudyProgress progress = Progress();
  progress.mutable_study()->mutable_spec()->mutable_function()->mutable_sphere();
  progress.mutable_study()->mutable_spec()->mutable_placement()->add_label("gpu");
  EXPECT_THAT(Lines(progress), Not(Contains(HasSubstr("waits for a worker")))) << "`run` is about to start some";
  AddWorker(progress, "w1");
  EXPECT_THAT(Lines(progress), Contains("waits for a worker with --label gpu: none that is connected has it"));
  EXPECT_THAT(WatchLines(progress, Pace(), kNoon, Screen(), /*coordinated=*/false),
              Not(Contains(HasSubstr("waits for a worker"))));
}

TEST(WatchViewTest, ShowsTheStudyItsBestItsCurveWhatRunsAndWho) {
  StudyProgress progress = Progress();
  AddRunning(progress, 12);
  AddWorker(progress, "w1");
  EXPECT_THAT(
      Lines(progress),
      ElementsAre("digits  MAXIMIZE accuracy", "[########------------] 12/30  running 1  failed 0",
                  "best 0.9512 (trial 7): ", "0.81  ▁▁▁▁▁▁█████ 0.9512  best value of 12 complete trials", "",
                  "trial  try  worker  running for  step  value", "   12    2  w1      0:12           40   0.93", "",
                  "worker  host   busy  since", "w1      north  2/4   connected 2:00"));
}

TEST(WatchViewTest, FitsAnyScreen) {
  StudyProgress progress = Progress();
  for (int i = 0; i < 50; ++i) AddRunning(progress, 12 + i);
  for (int i = 0; i < 50; ++i) AddWorker(progress, absl::StrCat("worker-", i));
  progress.mutable_study()->set_name("数字\x1b[2J" + std::string(100, 'n'));
  for (size_t rows = 1; rows < 70; ++rows) {
    for (const size_t columns : {1, 2, 9, 20, 40, 80, 200}) {
      const std::vector<std::string> lines = Lines(progress, columns, rows);
      ASSERT_LE(lines.size(), rows);
      ASSERT_GE(lines.size(), 1u);
      for (const std::string& line : lines) {
        ASSERT_LE(DisplayWidth(line), columns) << rows << " x " << columns;
        ASSERT_THAT(line, Not(HasSubstr("\x1b")));
      }
    }
  }
}

TEST(WatchViewTest, SaysHowManyTrialsThereAreNoRoomFor) {
  StudyProgress progress = Progress();
  for (int i = 0; i < 50; ++i) AddRunning(progress, 12 + i);
  EXPECT_THAT(Lines(progress, 80, 12), AllOf(SizeIs(12), Contains("and 45 more")));
}

TEST(WatchViewTest, WorkersAndTrialsShareASmallScreen) {
  StudyProgress progress = Progress();
  for (int i = 0; i < 50; ++i) AddRunning(progress, 12 + i);
  for (int i = 0; i < 50; ++i) AddWorker(progress, absl::StrCat("worker-", i));
  EXPECT_THAT(Lines(progress, 80, 24),
              AllOf(SizeIs(24), Contains(HasSubstr("worker-0")), Contains(HasSubstr("   12"))));
}

TEST(WatchViewTest, WorkerThatIsGoneSaysSinceWhen) {
  StudyProgress progress = Progress();
  AddWorker(progress, "w1").set_disconnected("2026-11-20 11:59:30.000000");
  EXPECT_THAT(Lines(progress), Contains(HasSubstr("gone 0:30")));
}

TEST(WatchViewTest, SeveralObjectivesHaveAFrontInsteadOfABest) {
  StudyProgress progress = Progress();
  progress.mutable_study()->add_direction(MINIMIZE);
  progress.mutable_study()->clear_best();
  progress.clear_improvement();
  progress.set_front(5);
  EXPECT_THAT(Lines(progress), AllOf(Contains("Pareto front: 5 trials"), Not(Contains(HasSubstr("best")))));
}

TEST(WatchViewTest, SaysInWordsWhyNothingMoves) {
  StudySummary study = Progress().study();
  EXPECT_EQ(DescribeEnd(study), "");
  study.set_stopped(true);
  EXPECT_EQ(DescribeEnd(study), "stopped: `parzen study resume digits` goes on");
  study.set_finished(true);
  EXPECT_EQ(DescribeEnd(study), "finished: 12 of 30 trials, each point of the space was tried");
  study.set_budget(12);
  EXPECT_EQ(DescribeEnd(study), "finished: 12 trials");
}

TEST(WatchViewTest, ColourMakesHeadersBold) {
  EXPECT_THAT(WatchLines(Progress(), Pace(), kNoon, {80, 24, /*colour=*/true})[0],
              "\x1b[1mdigits  MAXIMIZE accuracy\x1b[0m");
}

TEST(BestCurveTest, HoldsEachBestUntilTheNextAndIsUnknownBeforeTheFirst) {
  StudyProgress progress = Progress();
  progress.mutable_study()->set_complete(4);
  progress.mutable_improvement(1)->set_complete(4);
  EXPECT_THAT(BestCurve(progress, 60), ElementsAre(NanSensitiveDoubleEq(std::nan("")), .81, .81, .9512));
}

TEST(BestCurveTest, ManyTrialsAreChosenEvenly) {
  StudyProgress progress = Progress();
  progress.mutable_study()->set_complete(1'000'000'000);
  progress.mutable_improvement(0)->set_complete(1);
  progress.mutable_improvement(1)->set_complete(500'000'000);
  EXPECT_THAT(BestCurve(progress, 5), ElementsAre(.81, .81, .9512, .9512, .9512));
}

TEST(WatchLinesTest, APlotHasEachStepWhereItWasTaken) {
  StudyProgress progress = Progress();
  progress.mutable_study()->set_complete(1'000'000);
  progress.mutable_improvement(0)->set_complete(3);
  progress.mutable_improvement(1)->set_complete(999'999);
  const std::string lines = absl::StrJoin(Lines(progress, 100, 36), "\n");
  const DotSeries steps{{{3, .81}, {999'999, .9512}, {1'000'000, .9512}}, /*is_line=*/true};
  EXPECT_THAT(lines + "\n", HasSubstr(DotPlot({steps}, {100, 6})));
}

TEST(WatchLinesTest, WithRoomTheCurveIsAPlot) {
  EXPECT_THAT(Lines(Progress(), 100, 35), Contains(HasSubstr("▁")));
  const std::vector<std::string> lines = Lines(Progress(), 100, 36);
  EXPECT_THAT(lines, Contains("best value of 12 complete trials"));
  EXPECT_THAT(absl::StrJoin(lines, "\n"), AllOf(HasSubstr("0.9512 "), HasSubstr("0.81 "), Not(HasSubstr("▁"))));
}

}  // namespace
}  // namespace parzen
