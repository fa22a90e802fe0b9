// A slot's trials run in a process, wait for the answers to their steps, and never longer than they should.
#include "worker/slots/slot.h"

#include <gmock/gmock.h>

#include <optional>

#include "tests/worker/slots/watched_slot.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SlotTest : public testing::Test {
 protected:
  static Slot::Settings Settings() {
    Slot::Settings settings;
    settings.program = SlotProgram();
    return settings;
  }
  Slot& slot() { return slot_.slot(); }

  WatchedSlot slot_{Settings()};
};

TEST_F(SlotTest, TrialGoesOnAfterEachAnswer) {
  slot().SetConnected(true);
  slot().Start(Curve(3));
  for (int64_t step = 1; step <= 3; ++step) {
    EXPECT_THAT(slot_.NextSteps(), ElementsAre(step));
    EXPECT_FALSE(slot_.HasEnded());
    slot().Answered(step, StepVerdict::kGoOn);
  }
  EXPECT_TRUE(slot_.End().has_result());
}

TEST_F(SlotTest, AnswerToStopEndsTheTrialAtThatStep) {
  slot().SetConnected(true);
  slot().Start(Curve(3));
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(1));
  slot().Answered(1, StepVerdict::kStop);
  EXPECT_TRUE(slot_.End().released());
  EXPECT_TRUE(slot().TakeReports().empty());
}

TEST_F(SlotTest, AnswerToPauseEndsTheTrialThereAndWhatGoesOnReportsTheStepsBehind) {
  slot().SetConnected(true);
  slot().Start(Curve(3));
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(1));
  slot().Answered(1, StepVerdict::kGoOn);
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(2));
  slot().Answered(2, StepVerdict::kPause);
  const TrialEnd paused = slot_.End();
  ASSERT_TRUE(paused.has_paused());
  EXPECT_EQ(paused.paused().step(), 2);
  TrialTask task = Curve(3);
  *task.mutable_progress() = paused.paused();
  slot().Start(task);
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(3));
  slot().Answered(3, StepVerdict::kGoOn);
  EXPECT_TRUE(slot_.End().has_result());
}

TEST_F(SlotTest, AnswerToPauseAtAStepThatTheTrialHasLeftIsForgotten) {
  slot().SetConnected(true);
  slot().Start(Curve(2));
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(1));
  slot().Answered(1, StepVerdict::kGoOn);
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(2));
  slot().Answered(1, StepVerdict::kPause);
  slot().Answered(2, StepVerdict::kGoOn);
  EXPECT_TRUE(slot_.End().has_result());
}

TEST_F(SlotTest, AnswerToAnotherStepIsNotTheAwaitedOne) {
  slot().SetConnected(true);
  slot().Start(Curve(2));
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(1));
  slot().Answered(0, StepVerdict::kGoOn);
  slot().Answered(1, StepVerdict::kGoOn);
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(2));
  slot().Answered(1, StepVerdict::kStop);  // late, and still obeyed
  EXPECT_TRUE(slot_.End().released());
}

TEST_F(SlotTest, WithoutAConnectionNothingIsWaitedForAndReportsAreKept) {
  slot().Start(Curve(5));
  EXPECT_TRUE(slot_.End().has_result());
  EXPECT_EQ(slot().TakeReports().size(), 5u);
}

TEST_F(SlotTest, LostConnectionEndsTheWait) {
  slot().SetConnected(true);
  slot().Start(Curve(2));
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(1));
  slot().SetConnected(false);
  EXPECT_TRUE(slot_.End().has_result());
}

TEST_F(SlotTest, CancelEndsTheWaitAndTheNextTrialIsNotCancelled) {
  slot().SetConnected(true);
  slot().Start(Curve(2));
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(1));
  slot().Cancel();
  EXPECT_TRUE(slot_.End().released());
  slot().SetConnected(false);
  slot().Start(Curve(2));
  EXPECT_TRUE(slot_.End().has_result());
}

TEST_F(SlotTest, PrunedTrialDoesNotPruneTheNext) {
  slot().SetConnected(true);
  slot().Start(Curve(2));
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(1));
  slot().Answered(1, StepVerdict::kStop);
  EXPECT_TRUE(slot_.End().released());
  slot().SetConnected(false);
  slot().Start(Curve(2));
  EXPECT_TRUE(slot_.End().has_result());
}

TEST_F(SlotTest, DestructorEndsTheWait) {
  slot().SetConnected(true);
  slot().Start(Curve(2));
  EXPECT_THAT(slot_.NextSteps(), ElementsAre(1));
  slot_.Destroy();
  EXPECT_TRUE(slot_.End().released());
}

TEST_F(SlotTest, KeptReportsAreBoundedAndTheNewestIsAmongThem) {
  slot().Start(Curve(Slot::kMaxReports + 500));
  EXPECT_TRUE(slot_.End().has_result());
  const std::vector<Slot::Report> reports = slot().TakeReports();
  ASSERT_EQ(reports.size(), Slot::kMaxReports);
  EXPECT_EQ(reports.front().step, 1);
  EXPECT_EQ(reports.back().step, static_cast<int64_t>(Slot::kMaxReports) + 500);
}

TEST_F(SlotTest, TaskWithoutWorkFails) {
  slot().Start(TrialTask());
  EXPECT_THAT(slot_.End().failure(), HasSubstr("cannot do such a trial"));
}

TEST_F(SlotTest, EndTellsWhatTheTrialTook) {
  TrialTask task;
  task.mutable_function()->mutable_spec()->mutable_sleep()->set_seconds(0.05);
  slot().Start(task);
  const AttemptUsage usage = slot_.End().usage();
  EXPECT_GE(usage.wall_seconds(), 0.05);
  EXPECT_GE(usage.cpu_seconds(), 0);
  EXPECT_LT(usage.cpu_seconds(), 0.05);
  EXPECT_GT(usage.peak_memory_bytes(), 1 << 20);
  EXPECT_FALSE(usage.has_exit_code());
  EXPECT_FALSE(usage.has_signal());
  EXPECT_FALSE(usage.has_stderr_tail());
}

TEST_F(SlotTest, TimeLimitEndsTheTrialAsFailedAndTheProcessGoesOn) {
  TrialTask task;
  task.mutable_function()->mutable_spec()->mutable_sleep()->set_seconds(3600);
  slot().Start(task, absl::Milliseconds(20));
  EXPECT_EQ(slot_.End().failure(), "took longer than its limit of 0.02 s");
  slot().Start(Curve(1));
  EXPECT_TRUE(slot_.End().has_result());
  slot_.WaitUntilReady(1);
}

TEST(SlotMemoryTest, AllocationBeyondTheLimitFailsTheTrialAndTheNextOneRuns) {
  Slot::Settings settings;
  settings.program = SlotProgram();
  settings.options.memory_bytes = int64_t{64} << 20;
  WatchedSlot slot(settings);
  TrialTask task;
  TrainSpec& spec = *task.mutable_train()->mutable_spec();
  spec.mutable_dataset()->mutable_digits()->set_train(60000);
  spec.mutable_random_forest()->set_trees(1);
  slot.slot().Start(task);
  EXPECT_EQ(slot.End().failure(),
            "out of memory: more than 64 MiB (the worker's --memory); with placement { memory_mb: N } in the study "
            "file, workers with less do not get its trials");
  slot.slot().Start(Curve(1));
  EXPECT_TRUE(slot.End().has_result());
}

TEST(SlotStartTest, TrialOfASlotThatCannotBeStartedIsGivenBack) {
  Slot::Settings settings;
  settings.program = "/no/such/program";
  WatchedSlot slot(settings);
  slot.slot().Start(Curve(1));
  EXPECT_THAT(slot.End().release_reason(), HasSubstr("its worker cannot start a slot"));
  slot.slot().Start(Curve(1));
  EXPECT_TRUE(slot.End().released());
}

TEST(SlotStartTest, ProgramThatEndsAtOnceCannotBeASlot) {
  Slot::Settings settings;
  settings.program = "/bin/true";
  WatchedSlot slot(settings);
  slot.slot().Start(Curve(1));
  EXPECT_TRUE(slot.End().released());
}

}  // namespace
}  // namespace parzen
