// One trial, one program: what it says, and everything that it can do wrong.
#include "worker/objectives/command.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <cmath>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/worker/objectives/programs.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

class CommandTest : public ProgramTest {
 protected:
  ~CommandTest() override { ExpectNoChildren(); }
};

TEST_F(CommandTest, ProgramGetsItsInputAsOneLineAndItsValueIsTheTrials) {
  EXPECT_EQ(Value(Script(R"(read -r line; echo "$line" > $DIR/got; echo '{"value": 0.5}')")), 0.5);
  EXPECT_EQ(Written("got"), R"({"trial": 3})");
}

TEST_F(CommandTest, StepsAreReportedAndAnswered) {
  EXPECT_EQ(Value(Script(R"(read -r line
                            for step in 1 2; do
                              echo "{\"step\": $step, \"value\": 0.$step}"; read -r answer; echo "$answer" >> $DIR/got
                            done
                            echo '{"value": 3}')")),
            3);
  EXPECT_THAT(reported_, ElementsAre(Pair(1, 0.1), Pair(2, 0.2)));
  EXPECT_EQ(Written("got"), "{\"stop\": false}\n{\"stop\": false}");
}

TEST_F(CommandTest, PrunedProgramIsToldToStopAndItsValueDoesNotCount) {
  go_on_ = false;
  const absl::StatusOr<TrialResult> result = Run(Script(R"(
      read -r line; echo '{"step": 1, "value": 9}'; read -r answer; echo "$answer" > $DIR/got; echo '{"value": 9}')"));
  EXPECT_TRUE(absl::IsCancelled(result.status())) << result.status();
  EXPECT_EQ(Written("got"), R"({"stop": true})");
}

TEST_F(CommandTest, PrunedProgramThatDoesNotStopIsKilled) {
  go_on_ = false;
  EXPECT_TRUE(absl::IsCancelled(Run(Script(R"(
      echo $$ > $DIR/pid; while :; do echo '{"step": 1, "value": 9}'; read -r answer; done)"))
                                    .status()));
  EXPECT_EQ(reported_.size(), 1u);
  ExpectEnds("pid");
}

TEST_F(CommandTest, StatusAndStandardErrorTellWhyItFailed) {
  const std::string failure = Failure(Script("echo first >&2; echo last >&2; exit 3"));
  EXPECT_THAT(failure, HasSubstr("\"sh\" ended with status 3 before its result"));
  EXPECT_THAT(failure, HasSubstr("first | last"));
}

TEST_F(CommandTest, SignalIsNamed) {
  EXPECT_THAT(Failure(Script("kill -9 $$")), HasSubstr("was killed by signal 9 (SIGKILL)"));
}

TEST_F(CommandTest, StatusAfterTheResultFailsTheTrialToo) {
  EXPECT_THAT(Failure(Script("echo '{\"value\": 1}'; exit 4")), HasSubstr("ended with status 4 after its result"));
}

TEST_F(CommandTest, EndWithoutAResultFails) {
  EXPECT_THAT(Failure(Script("read -r line")), HasSubstr("ended with status 0 before its result"));
}

TEST_F(CommandTest, ResultCountsThoughTheProgramLingers) {
  EXPECT_EQ(Value(Script("echo $$ > $DIR/pid; echo '{\"value\": 1}'; exec sleep 1000")), 1);
  ExpectEnds("pid");
}

TEST_F(CommandTest, WordsAfterTheResultAreNotWaitedForNorHeard) {
  EXPECT_EQ(Value(Script("echo '{\"value\": 1}'; head -c 300000 /dev/zero; echo; echo done > $DIR/got")), 1);
  EXPECT_EQ(Written("got"), "done");
}

TEST_F(CommandTest, LastLineNeedsNoLineEnd) { EXPECT_EQ(Value(Script("printf '{\"value\": 7}'")), 7); }

TEST_F(CommandTest, BlankLinesMeanNothing) { EXPECT_EQ(Value(Script("echo; echo ' '; echo '{\"value\": 7}'")), 7); }

TEST_F(CommandTest, NoNumberArrivesAsItIs) {
  EXPECT_TRUE(std::isnan(Value(Script(R"(echo '{"step": 1, "value": -Infinity}'; echo '{"value": NaN}')"))));
  EXPECT_THAT(reported_, ElementsAre(Pair(1, -std::numeric_limits<double>::infinity())));
}

TEST_F(CommandTest, LineThatIsNoAnswerIsQuotedAndTheProgramKilled) {
  EXPECT_THAT(Failure(Script("echo $$ > $DIR/pid; echo Loading model ...; exec sleep 1000")),
              HasSubstr("wrote \"Loading model ...\": is no JSON object"));
  ExpectEnds("pid");
}

TEST_F(CommandTest, LongLineThatIsNoAnswerIsCut) {
  const std::string failure = Failure(Script("head -c 100000 /dev/zero | tr '\\0' x; echo"));
  EXPECT_THAT(failure, HasSubstr("xxx...\""));
  EXPECT_LT(failure.size(), 1000u);
}

TEST_F(CommandTest, LineWithoutEndIsFoundOut) {
  EXPECT_THAT(Failure(Script("tr '\\0' x < /dev/zero")), HasSubstr("bytes without a line end"));
}

TEST_F(CommandTest, ProgramsOwnErrorIsTheReason) {
  EXPECT_THAT(Failure(Script("echo '{\"error\": \"loss is no number\"}'")), HasSubstr("gave up: loss is no number"));
}

TEST_F(CommandTest, ClosedStandardOutputWithoutAResultFails) {
  EXPECT_THAT(Failure(Script("echo $$ > $DIR/pid; exec >&-; exec sleep 1000")),
              HasSubstr("closed its standard output before its result"));
  ExpectEnds("pid");
}

TEST_F(CommandTest, ProgramThatClosesItsInputIsNotTheWorkersEnd) {
  EXPECT_EQ(Value(Script(R"(exec <&-; for step in 1 2 3; do echo "{\"step\": $step, \"value\": 1}"; done
                            echo '{"value": 2}')")),
            2);
  EXPECT_EQ(reported_.size(), 3u);
}

TEST_F(CommandTest, ProgramThatNeverReadsGetsAllItsStepsReported) {
  // The answers to so many steps fill the pipe several times over.
  EXPECT_EQ(Value(Script(R"(awk 'BEGIN { for (s = 0; s < 20000; ++s) print "{\"step\": " s ", \"value\": 1}" }'
                            echo '{"value": 2}')")),
            2);
  EXPECT_EQ(reported_.size(), 20000u);
}

TEST_F(CommandTest, StandardErrorNeverBlocksAndOnlyItsEndIsKept) {
  const std::string failure =
      Failure(Script("head -c 3000000 /dev/zero | tr '\\0' e >&2; echo the end >&2; echo reached > $DIR/got; exit 1"));
  EXPECT_EQ(Written("got"), "reached");
  EXPECT_THAT(failure, HasSubstr("eeethe end"));
  EXPECT_LT(failure.size(), 5000u);
}

TEST_F(CommandTest, TimeLimitEndsTheWholeGroupEvenWhereItIgnoresTermination) {
  TrialTask task = Script("trap '' TERM; echo $$ > $DIR/pid; sleep 1000 & echo $! > $DIR/child; wait; sleep 1000");
  SpecOf(task).set_time_limit_seconds(0.2);
  EXPECT_THAT(Failure(task), HasSubstr("took longer than 0.2 seconds"));
  ExpectEnds("pid");
  ExpectEnds("child");
}

TEST_F(CommandTest, TimeLimitHoldsForAProgramThatNeverStopsTalking) {
  TrialTask task = Script("yes '{\"step\": 1, \"value\": 1}'");
  SpecOf(task).set_time_limit_seconds(0.2);
  EXPECT_THAT(Failure(task), HasSubstr("took longer than 0.2 seconds"));
}

TEST_F(CommandTest, RequestToStopEndsTheProgram) {
  on_report_ = [this] { stop_.Request(); };
  EXPECT_TRUE(absl::IsCancelled(
      Run(Script("echo $$ > $DIR/pid; echo '{\"step\": 1, \"value\": 1}'; exec sleep 1000")).status()));
  ExpectEnds("pid");
}

TEST_F(CommandTest, RequestToStopReachesASilentProgram) {
  TrialTask task = Script("echo $$ > $DIR/pid; echo > $DIR/ready; exec sleep 1000");
  ASSERT_EQ(mkfifo(folder_.Path("ready").c_str(), 0600), 0);
  absl::Status status;
  std::thread trial([&] { status = Run(task).status(); });
  close(open(folder_.Path("ready").c_str(), O_RDONLY));  // waits for the script
  stop_.Request();
  trial.join();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  ExpectEnds("pid");
}

TEST_F(CommandTest, WhatTheProgramHasStartedEndsWithIt) {
  EXPECT_EQ(Value(Script("sleep 1000 & echo $! > $DIR/child; echo '{\"value\": 1}'")), 1);
  ExpectEnds("child");
}

TEST_F(CommandTest, ProgramIsLookedUpOnThePath) {
  TrialTask task = Script("");
  SpecOf(task).set_argv(0, "no-such-program-here");
  EXPECT_THAT(Failure(task), HasSubstr("no program \"no-such-program-here\" on this worker's PATH"));
}

TEST_F(CommandTest, FileThatIsNoProgramIsNamedWithTheReason) {
  TrialTask task = Script("");
  SpecOf(task).set_argv(0, folder_.Write("data", "1,2,3"));
  EXPECT_THAT(Failure(task), testing::AllOf(HasSubstr("data\""), HasSubstr("Permission denied")));
}

TEST_F(CommandTest, ProgramRunsInItsFolder) {
  TrialTask task = Script("pwd > got; echo '{\"value\": 1}'");
  SpecOf(task).set_folder(folder_.Path(""));
  EXPECT_EQ(Value(task), 1);
  EXPECT_NE(Written("got"), "");
  SpecOf(task).set_folder(folder_.Path("none"));
  EXPECT_THAT(Failure(task), HasSubstr("cannot enter the folder"));
}

TEST_F(CommandTest, ProgramGetsNoFilesOrBlockedSignalsOfTheWorker) {
  const int leak = open("/dev/null", O_RDONLY);  // as a library might: without O_CLOEXEC
  sigset_t termination, before;
  sigemptyset(&termination);
  sigaddset(&termination, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &termination, &before);
  TrialTask task = Script(absl::StrReplaceAll("[ -e /proc/$$/fd/LEAK ] && echo leaks >&2; kill -TERM $$; exit 0",
                                              {{"LEAK", absl::StrCat(leak)}}));
  const std::string failure = Failure(task);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close(leak);
  EXPECT_THAT(failure, HasSubstr("was killed by signal 15 (SIGTERM)"));
  EXPECT_THAT(failure, Not(HasSubstr("leaks")));
}

TEST_F(CommandTest, WorkerThatAllowsNoCommandsSaysSo) {
  CommandObjective refusing({});
  const absl::Status status = refusing.Run(Script("echo > $DIR/got"), {stop_, nullptr}).status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("--allow-commands"));
}

TEST_F(CommandTest, CommandWithoutAProgramIsRefused) {
  TrialTask task;
  task.mutable_command();
  EXPECT_TRUE(absl::IsInvalidArgument(Run(task).status()));
}

}  // namespace
}  // namespace parzen
