// keep_alive: one program for a slot's trials, one after the other.
#include <gmock/gmock.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "tests/worker/objectives/programs.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class CommandKeptTest : public ProgramTest {
 protected:
  TrialTask Kept(const std::string& script) const {
    TrialTask task = Script(script);
    SpecOf(task).set_keep_alive(true);
    return task;
  }
};

// Answers every line with its process number.
constexpr char kAnswering[] = "while read -r line; do echo \"{\\\"value\\\": $$}\"; done";

TEST_F(CommandKeptTest, NextTrialOfTheSameCommandGoesToTheSameProcess) {
  const double first = Value(Kept(kAnswering));
  EXPECT_GT(first, 1);
  EXPECT_EQ(Value(Kept(kAnswering)), first);
}

TEST_F(CommandKeptTest, WithoutKeepAliveEveryTrialHasItsOwnProcess) {
  const double first = Value(Script(kAnswering));
  EXPECT_NE(Value(Script(kAnswering)), first);
  ExpectNoChildren();
}

TEST_F(CommandKeptTest, AnotherCommandStartsAnotherProcessAndEndsTheFirst) {
  const double first = Value(Kept(kAnswering));
  EXPECT_NE(Value(Kept(absl::StrCat(kAnswering, " # another"))), first);
  EXPECT_FALSE(Value(Script("echo '{\"value\": 1}'")) == first);
  ExpectNoChildren();
}

TEST_F(CommandKeptTest, ProgramThatEndsAfterItsAnswerIsStartedAgain) {
  const TrialTask task = Kept("read -r line; echo \"{\\\"value\\\": $$}\"");
  double last = 0;
  for (int trial = 0; trial < 20; ++trial) {
    const double now = Value(task);
    EXPECT_NE(now, last);
    last = now;
  }
}

TEST_F(CommandKeptTest, FailureEndsTheProcessAndTheNextTrialGetsAFreshOne) {
  const TrialTask task =
      Kept("echo $$ >> $DIR/pids; read -r l; echo '{\"value\": 1}'; read -r l; echo nonsense; read l");
  EXPECT_EQ(Value(task), 1);
  EXPECT_THAT(Failure(task), HasSubstr("nonsense"));
  ExpectNoChildren();
  EXPECT_EQ(Value(task), 1);
}

TEST_F(CommandKeptTest, CrashWithinATrialIsNotTriedAgain) {
  const TrialTask task = Kept(R"(echo started >> $DIR/starts
      while read -r l; do echo '{"step": 1, "value": 1}'; read -r l; [ -e $DIR/crash ] && exit 5; echo '{"value": 1}'
      done)");
  EXPECT_EQ(Value(task), 1);
  folder_.Write("crash", "");
  EXPECT_THAT(Failure(task), HasSubstr("status 5"));
  EXPECT_EQ(Written("starts"), "started");
}

TEST_F(CommandKeptTest, PrunedProgramThatAnswersGoesOnToTheNextTrial) {
  const TrialTask task = Kept(R"(while read -r line; do
      echo "{\"step\": 1, \"value\": 1}"; read -r answer; echo "{\"value\": $$}"; done)");
  const double first = Value(task);
  go_on_ = false;
  EXPECT_TRUE(absl::IsCancelled(Run(task).status()));
  go_on_ = true;
  EXPECT_EQ(Value(task), first);
}

TEST_F(CommandKeptTest, WordsBetweenTrialsAreNotTheNextTrialsAnswer) {
  const TrialTask task = Kept(R"(while read -r line; do printf '{"value": 1}\n{"value": 2}\n'; done)");
  for (int trial = 0; trial < 5; ++trial) EXPECT_EQ(Value(task), 1);
}

TEST_F(CommandKeptTest, TimeLimitCountsForEachTrialAndIsNotTriedAgain) {
  TrialTask task = Kept("echo started >> $DIR/starts; read -r line; echo '{\"value\": 1}'; exec sleep 1000");
  SpecOf(task).set_time_limit_seconds(0.3);
  EXPECT_EQ(Value(task), 1);
  EXPECT_THAT(Failure(task), HasSubstr("took longer"));
  EXPECT_EQ(Written("starts"), "started");
}

TEST_F(CommandKeptTest, KeptProcessEndsWithItsSlot) {
  auto slots = std::make_unique<CommandObjective>(CommandObjective::Options{.allowed = true});
  const TrialHooks hooks{stop_, [](int64_t, double) { return true; }};
  EXPECT_TRUE(slots->Run(Kept(absl::StrCat("echo $$ > $DIR/pid; ", kAnswering)), hooks).ok());
  slots.reset();
  ExpectEnds("pid");
  ExpectNoChildren();
}

}  // namespace
}  // namespace parzen
