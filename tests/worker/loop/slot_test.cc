// A slot's trials wait for the answers to their steps, and never longer than they should.
#include "worker/slot.h"

#include <gmock/gmock.h>

#include <optional>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"

namespace parzen {
namespace {

using testing::ElementsAre;

class SlotTest : public testing::Test {
 protected:
  // A function that reports `steps` values.
  static TrialTask Curve(int steps) {
    TrialTask task;
    task.mutable_function()->mutable_spec()->mutable_noop();
    task.mutable_function()->mutable_spec()->mutable_curve()->set_steps(steps);
    return task;
  }
  void MakeSlot() {
    slot_.emplace(
        1, ObjectiveInputs{cache_},
        [this] {
          absl::MutexLock lock(&mutex_);
          ++told_;
        },
        [this](absl::StatusOr<TrialResult> result) {
          absl::MutexLock lock(&mutex_);
          end_ = result.status();
        });
  }
  // Takes the steps reported next; waits for them.
  std::vector<int64_t> NextSteps() {
    {
      absl::MutexLock lock(&mutex_);
      const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return told_ > 0; };
      mutex_.Await(absl::Condition(&any));
      --told_;
    }
    std::vector<int64_t> steps;
    for (const Slot::Report& report : slot_->TakeReports()) steps.push_back(report.step);
    return steps;
  }
  bool HasEnded() {
    absl::MutexLock lock(&mutex_);
    return end_.has_value();
  }
  absl::Status End() {
    absl::MutexLock lock(&mutex_);
    const auto ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return end_.has_value(); };
    mutex_.Await(absl::Condition(&ended));
    return *std::exchange(end_, std::nullopt);
  }

  DataCache cache_;
  absl::Mutex mutex_;
  int told_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  std::optional<Slot> slot_;  // last: its thread uses the others
};

TEST_F(SlotTest, TrialGoesOnAfterEachAnswer) {
  MakeSlot();
  slot_->SetConnected(true);
  slot_->Start(Curve(3));
  for (int64_t step = 1; step <= 3; ++step) {
    EXPECT_THAT(NextSteps(), ElementsAre(step));
    EXPECT_FALSE(HasEnded());
    slot_->Answered(step, false);
  }
  EXPECT_TRUE(End().ok());
}

TEST_F(SlotTest, AnswerToStopEndsTheTrialAtThatStep) {
  MakeSlot();
  slot_->SetConnected(true);
  slot_->Start(Curve(3));
  EXPECT_THAT(NextSteps(), ElementsAre(1));
  slot_->Answered(1, true);
  EXPECT_TRUE(absl::IsCancelled(End()));
  EXPECT_TRUE(slot_->TakeReports().empty());
}

TEST_F(SlotTest, AnswerToAnotherStepIsNotTheAwaitedOne) {
  MakeSlot();
  slot_->SetConnected(true);
  slot_->Start(Curve(2));
  EXPECT_THAT(NextSteps(), ElementsAre(1));
  slot_->Answered(0, false);
  slot_->Answered(1, false);
  EXPECT_THAT(NextSteps(), ElementsAre(2));
  slot_->Answered(1, true);  // late, and still obeyed
  EXPECT_TRUE(absl::IsCancelled(End()));
}

TEST_F(SlotTest, WithoutAConnectionNothingIsWaitedForAndReportsAreKept) {
  MakeSlot();
  slot_->Start(Curve(5));
  EXPECT_TRUE(End().ok());
  EXPECT_EQ(slot_->TakeReports().size(), 5u);
}

TEST_F(SlotTest, LostConnectionEndsTheWait) {
  MakeSlot();
  slot_->SetConnected(true);
  slot_->Start(Curve(2));
  EXPECT_THAT(NextSteps(), ElementsAre(1));
  slot_->SetConnected(false);
  EXPECT_TRUE(End().ok());
}

TEST_F(SlotTest, CancelEndsTheWaitAndTheNextTrialIsNotCancelled) {
  MakeSlot();
  slot_->SetConnected(true);
  slot_->Start(Curve(2));
  EXPECT_THAT(NextSteps(), ElementsAre(1));
  slot_->Cancel();
  EXPECT_TRUE(absl::IsCancelled(End()));
  slot_->SetConnected(false);
  slot_->Start(Curve(2));
  EXPECT_TRUE(End().ok());
}

TEST_F(SlotTest, PrunedTrialDoesNotPruneTheNext) {
  MakeSlot();
  slot_->SetConnected(true);
  slot_->Start(Curve(2));
  EXPECT_THAT(NextSteps(), ElementsAre(1));
  slot_->Answered(1, true);
  EXPECT_TRUE(absl::IsCancelled(End()));
  slot_->SetConnected(false);
  slot_->Start(Curve(2));
  EXPECT_TRUE(End().ok());
}

TEST_F(SlotTest, DestructorEndsTheWait) {
  MakeSlot();
  slot_->SetConnected(true);
  slot_->Start(Curve(2));
  EXPECT_THAT(NextSteps(), ElementsAre(1));
  slot_.reset();
  EXPECT_TRUE(absl::IsCancelled(End()));
}

TEST_F(SlotTest, KeptReportsAreBoundedAndTheNewestIsAmongThem) {
  MakeSlot();
  slot_->Start(Curve(Slot::kMaxReports + 500));
  EXPECT_TRUE(End().ok());
  const std::vector<Slot::Report> reports = slot_->TakeReports();
  ASSERT_EQ(reports.size(), Slot::kMaxReports);
  EXPECT_EQ(reports.front().step, 1);
  EXPECT_EQ(reports.back().step, static_cast<int64_t>(Slot::kMaxReports) + 500);
}

TEST_F(SlotTest, TaskWithoutWorkFails) {
  MakeSlot();
  slot_->Start(TrialTask());
  EXPECT_TRUE(absl::IsInvalidArgument(End()));
}

}  // namespace
}  // namespace parzen
