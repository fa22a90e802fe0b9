#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_line.h"

namespace parzen {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;
using Kind = Expected::Kind;
using Words = std::vector<std::string>;

constexpr char kBreaks[] = " \t\n\"'@><=;|&(:";

Expected After(const Words& words) {
  ChosenCommand chosen;
  return ExpectedNext(*MakeApp(chosen), words);
}

// The candidates where the command line alone decides them.
Words Complete(const Words& words) {
  const Expected expected = After(words);
  EXPECT_EQ(expected.kind, Kind::kWords);
  return Candidates(expected, expected.words);
}

TEST(CompletionTest, CommandsComeFirst) {
  EXPECT_THAT(Complete({""}), IsSupersetOf({"run", "study", "trial", "best", "completion"}));
  EXPECT_THAT(Complete({"st"}), ElementsAre("study"));
  EXPECT_THAT(Complete({"study", "ex"}), UnorderedElementsAre("extend", "export"));
  EXPECT_THAT(Complete({"completion", ""}), ElementsAre("bash", "zsh"));
  EXPECT_THAT(Complete({"help", "st"}), ElementsAre("study"));
  EXPECT_THAT(Complete({"help", "study", "ex"}), UnorderedElementsAre("extend", "export"));
}

TEST(CompletionTest, OptionsAreThoseOfTheCommand) {
  EXPECT_THAT(Complete({"best", "--f"}), ElementsAre("--format"));
  EXPECT_THAT(Complete({"best", "-f"}), ElementsAre("-f"));
  EXPECT_THAT(Complete({"run", "--"}), IsSupersetOf({"--workers", "--db", "--help"}));
  EXPECT_THAT(Complete({"run", "--"}), Not(Contains("--format")));
}

TEST(CompletionTest, OptionThatWouldBeRefusedIsNotOffered) {
  EXPECT_THAT(Complete({"best", "--db", "m.db", "--"}), Not(Contains("--db")));
  EXPECT_THAT(Complete({"best", "--db", "m.db", "--"}), Not(Contains("--coordinator")));
  EXPECT_THAT(Complete({"trial", "enqueue", "--set", "c=1", "--s"}), ElementsAre("--set", "--skip-if-exists"));
}

TEST(CompletionTest, ValuesOfAnOptionAreThoseItsTypeNames) {
  EXPECT_THAT(Complete({"best", "-f", ""}), ElementsAre("table", "json", "csv"));
  EXPECT_THAT(Complete({"best", "--format=j"}), ElementsAre("--format=json"));
  EXPECT_THAT(Complete({"study", "export", "-f", "f"}), ElementsAre("flat"));
  EXPECT_THAT(Complete({"trial", "tell", "--state", "P"}), ElementsAre("PRUNED"));
  EXPECT_THAT(Complete({"study", "import", "t.csv", "--direction", "ma"}), ElementsAre("maximize"));
}

TEST(CompletionTest, EveryValueOfferedForAFormatIsTaken) {
  for (const std::string& format : Complete({"best", "-f", ""})) {
    EXPECT_EQ(ParseCommandLine({"best", "-f", format}).exit_code, 0) << format;
  }
  for (const std::string& format : Complete({"study", "export", "-f", ""})) {
    EXPECT_EQ(ParseCommandLine({"study", "export", "-f", format}).exit_code, 0) << format;
  }
  for (const std::string& direction : Complete({"study", "import", "t.csv", "--direction", ""})) {
    EXPECT_EQ(ParseCommandLine({"study", "import", "t.csv", "--direction", direction}).exit_code, 0) << direction;
  }
}

TEST(CompletionTest, StudyIsLookedForWhereTheLineSays) {
  const Expected expected = After({"study", "show", "--db", "m.db", "-f", "json", "di"});
  EXPECT_EQ(expected.kind, Kind::kStudy);
  EXPECT_EQ(expected.db, "m.db");
  EXPECT_EQ(expected.begun, "di");
  EXPECT_EQ(After({"best", "--coordinator=unix:/c", ""}).coordinator, "unix:/c");
  EXPECT_EQ(After({"best", "--", "-x"}).kind, Kind::kStudy);
}

TEST(CompletionTest, StudyComesBeforeATrialsNumberOnly) {
  EXPECT_EQ(After({"trial", "show", ""}).kind, Kind::kStudy);
  EXPECT_EQ(After({"trial", "show", "digits", ""}).kind, Kind::kNothing);
  EXPECT_EQ(After({"best", "digits", ""}).kind, Kind::kNothing);
}

TEST(CompletionTest, WorkerIsLookedForWhereOneIsDrained) {
  EXPECT_EQ(After({"worker", "drain", ""}).kind, Kind::kWorker);
  EXPECT_EQ(After({"worker", "list", ""}).kind, Kind::kNothing);
}

TEST(CompletionTest, FilesBelongToArgumentsAndOptionsThatTakeThem) {
  EXPECT_EQ(After({"run", ""}).kind, Kind::kFile);
  EXPECT_EQ(After({"best", "--db", ""}).kind, Kind::kFile);
  EXPECT_EQ(After({"best", "--db=m"}).begun, "m");
  EXPECT_EQ(After({"run", "--data", ""}).kind, Kind::kFolder);
  EXPECT_EQ(After({"best", "--coordinator", "unix:/r"}).kind, Kind::kFile);
}

TEST(CompletionTest, NamesOfKindsBelongToTheirCommand) {
  const Expected expected = After({"sampler", "show", "t"});
  EXPECT_EQ(expected.kind, Kind::kKind);
  EXPECT_EQ(expected.kind_command, "sampler");
  EXPECT_THAT(KindNames("sampler"), Contains("tpe"));
  EXPECT_THAT(KindNames("spoon"), IsEmpty());
  EXPECT_EQ(After({"importance", "--evaluator", ""}).kind_command, "evaluator");
}

TEST(CompletionTest, WrongLinesAreCompletedAsFarAsTheyGo) {
  EXPECT_EQ(After({"spoon", ""}).kind, Kind::kNothing);
  EXPECT_EQ(After({"best", "--spoon", "x", ""}).kind, Kind::kNothing);
  EXPECT_EQ(After({"best", "--spoon=x"}).kind, Kind::kNothing);
  EXPECT_EQ(After({"run", "--trials", ""}).kind, Kind::kNothing);
  EXPECT_THAT(Complete({}), Contains("run"));
}

TEST(CompletionTest, NameThatWouldChangeTheScreenIsLeftOut) {
  EXPECT_THAT(Candidates(Expected(), {"a\nb", "\x1b[2J", "it's \"c\": d", "数"}), ElementsAre("it's \"c\": d", "数"));
}

TEST(SplitBashLineTest, WordsLoseTheirQuotes) {
  EXPECT_THAT(SplitBashLine(R"(parzen  best 'a b' "c \"d\" \e" f\ g)", kBreaks).words,
              ElementsAre("parzen", "best", "a b", R"(c "d" \e)", "f g"));
  EXPECT_THAT(SplitBashLine("parzen '' ", kBreaks).words, ElementsAre("parzen", "", ""));
  EXPECT_THAT(SplitBashLine("", kBreaks).words, ElementsAre(""));
}

TEST(SplitBashLineTest, OpenQuoteHoldsTheLastWord) {
  const BashLine line = SplitBashLine(R"(parzen best "it's a)", kBreaks);
  EXPECT_EQ(line.words.back(), "it's a");
  EXPECT_EQ(line.kept, 0u);
  EXPECT_EQ(SplitBashLine(R"(parzen best a"b c)", kBreaks).kept, 1u);
}

TEST(SplitBashLineTest, BashKeepsWhatIsBeforeAWordBreak) {
  EXPECT_EQ(SplitBashLine("parzen best a:b", kBreaks).kept, 2u);
  EXPECT_EQ(SplitBashLine("parzen best --format=j", kBreaks).kept, 9u);
  EXPECT_EQ(SplitBashLine("parzen best --format=j", " \t\n").kept, 0u);
  EXPECT_EQ(SplitBashLine(R"(parzen best a\:b)", kBreaks).kept, 0u);
  EXPECT_EQ(SplitBashLine("parzen best \"a:b", kBreaks).kept, 0u);
  EXPECT_EQ(SplitBashLine("parzen a:b ", kBreaks).kept, 0u);
}

}  // namespace
}  // namespace parzen
