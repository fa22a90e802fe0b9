// Whatever a slot's process does costs one trial: its end says what it was, and the next trial runs.
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "tests/worker/slots/watched_slot.h"
#include "worker/objectives/file_descriptor.h"
#include "worker/slots/process_tree.h"

namespace parzen {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class SlotDeathTest : public testing::Test {
 protected:
  // The end of a trial in which the slot's process does that; then another trial is done.
  TrialEnd EndOf(const std::string& how, absl::Duration limit = absl::InfiniteDuration()) {
    Slot::Settings settings;
    settings.program = BadSlot();
    settings.options.memory_bytes = memory_bytes_;
    settings.periods = periods_;
    WatchedSlot slot(settings);
    slot.WaitUntilReady();
    slot.slot().Start(Misbehaviour(how), limit);
    if (cancel_) slot.slot().Cancel();
    TrialEnd end = slot.End();
    EXPECT_TRUE(!end.usage().has_stderr_tail() || end.usage().stderr_tail().find("about to " + how) == 0)
        << end.ShortDebugString();
    slot.WaitUntilReady(2);
    slot.slot().Start(Curve(1));
    EXPECT_TRUE(slot.End().has_result());
    return end;
  }

  WatchPeriods periods_;
  int64_t memory_bytes_ = 0;
  bool cancel_ = false;
};

TEST_F(SlotDeathTest, SegmentationFaultIsACrashWithItsSignalAndLastWords) {
  const TrialEnd end = EndOf("segfault");
  EXPECT_EQ(end.crash(), "slot died: signal 11 (Segmentation fault)");
  EXPECT_EQ(end.usage().signal(), SIGSEGV);
  EXPECT_FALSE(end.usage().has_exit_code());
  EXPECT_EQ(end.usage().stderr_tail(), "about to segfault\n");
  EXPECT_GT(end.usage().peak_memory_bytes(), 0);
}

TEST_F(SlotDeathTest, AbortIsACrash) { EXPECT_EQ(EndOf("abort").crash(), "slot died: signal 6 (Aborted)"); }

TEST_F(SlotDeathTest, ExitIsACrashWithItsStatus) {
  const TrialEnd end = EndOf("exit");
  EXPECT_EQ(end.crash(), "slot died: exit status 3");
  EXPECT_EQ(end.usage().exit_code(), 3);
  EXPECT_FALSE(end.usage().has_signal());
}

TEST_F(SlotDeathTest, KillByTheKernelOrAnybodyIsACrash) {
  const TrialEnd end = EndOf("be killed");
  EXPECT_EQ(end.crash(), "slot was killed (SIGKILL), perhaps by the kernel for lack of memory");
  EXPECT_EQ(end.usage().signal(), SIGKILL);
}

TEST_F(SlotDeathTest, StoppedProcessDoesNotAnswerAndIsKilledAsHung) {
  periods_.ping = absl::Milliseconds(10);
  periods_.missed_pings = 3;
  EXPECT_THAT(EndOf("stop").crash(), HasSubstr("hung"));
}

TEST_F(SlotDeathTest, ProcessThatAnswersPingsIsNotHung) {
  periods_.ping = absl::Milliseconds(1);
  periods_.cancel = absl::Milliseconds(1);
  EXPECT_EQ(EndOf("ignore", absl::Milliseconds(200)).failure(), "took longer than its limit of 0.2 s");
}

TEST_F(SlotDeathTest, NonsenseIsACrash) { EXPECT_THAT(EndOf("talk nonsense").crash(), HasSubstr("nonsense")); }

TEST_F(SlotDeathTest, CancelThatIsNotObeyedIsCarriedOutBySignal) {
  periods_.cancel = absl::Milliseconds(10);
  cancel_ = true;
  EXPECT_TRUE(EndOf("ignore").released());
}

TEST_F(SlotDeathTest, TimeLimitThatIsNotObeyedIsCarriedOutBySignal) {
  periods_.cancel = absl::Milliseconds(10);
  const TrialEnd end = EndOf("ignore", absl::Milliseconds(10));
  EXPECT_EQ(end.failure(), "took longer than its limit of 0.01 s");
  EXPECT_EQ(end.usage().signal(), SIGKILL);
}

TEST_F(SlotDeathTest, MemoryBeyondTheLimitIsAFailure) {
  memory_bytes_ = int64_t{64} << 20;
  periods_.memory = absl::Milliseconds(5);
  const TrialEnd end = EndOf("grow");
  EXPECT_EQ(end.failure(),
            "out of memory: more than 64 MiB (the worker's --memory); with placement { memory_mb: N } in the study "
            "file, workers with less do not get its trials");
  EXPECT_GT(end.usage().peak_memory_bytes(), memory_bytes_);
}

TEST_F(SlotDeathTest, UncaughtAllocationFailureUnderALimitIsAFailureNotACrash) {
  memory_bytes_ = int64_t{64} << 20;
  EXPECT_THAT(EndOf("throw bad_alloc").failure(), HasSubstr("out of memory"));
}

TEST_F(SlotDeathTest, ProcessWithoutATrialIsReplacedWhenItIsKilled) {
  Slot::Settings settings;
  settings.program = BadSlot();
  WatchedSlot slot(settings);
  slot.WaitUntilReady();
  const std::vector<pid_t> before = Descendants(getpid());
  ASSERT_EQ(before.size(), 1u);
  kill(before[0], SIGKILL);
  slot.WaitUntilReady(2);
  EXPECT_NE(Descendants(getpid()), before);
  slot.slot().Start(Curve(1));
  EXPECT_TRUE(slot.End().has_result());
}

// A program dies with its slot; what it has started does not by itself.
TEST_F(SlotDeathTest, NothingIsLeftOfTheProgramsOfASlotThatIsKilled) {
  Slot::Settings settings;
  settings.program = SlotProgram();
  settings.options.allow_commands = true;
  WatchedSlot slot(settings);
  slot.slot().SetConnected(true);
  TrialTask task;
  for (const char* word : {"sh", "-c", R"(sleep 1000 & echo '{"step": 1, "value": 0}'; wait; true)"}) {
    task.mutable_command()->mutable_spec()->add_argv(word);
  }
  slot.slot().Start(task);
  slot.NextSteps();
  const std::vector<pid_t> all = Descendants(getpid());
  ASSERT_EQ(all.size(), 3u) << "the slot, the shell, what that has started";
  std::vector<FileDescriptor> handles;
  for (const pid_t pid : all) handles.push_back(OpenProcess(pid));
  kill(all[0], SIGKILL);
  EXPECT_THAT(slot.End().crash(), HasSubstr("SIGKILL"));
  for (const FileDescriptor& handle : handles) {
    constexpr int kPatienceMilliseconds = 10'000;
    pollfd ended{handle.get(), POLLIN, 0};
    EXPECT_EQ(poll(&ended, 1, kPatienceMilliseconds), 1);
  }
}

TEST_F(SlotDeathTest, NothingIsLeftOfASlotThatIsDestroyed) {
  Slot::Settings settings;
  settings.program = BadSlot();
  settings.periods.cancel = absl::Milliseconds(10);
  {
    WatchedSlot slot(settings);
    slot.WaitUntilReady();
    slot.slot().Start(Misbehaviour("ignore"));
  }
  EXPECT_TRUE(Descendants(getpid()).empty());
}

}  // namespace
}  // namespace parzen
