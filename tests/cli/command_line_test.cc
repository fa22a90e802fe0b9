#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/help_formatter.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Mistake(const std::vector<std::string>& arguments) {
  const ParsedCommandLine parsed = ParseCommandLine(arguments);
  EXPECT_EQ(parsed.exit_code, 2);
  EXPECT_EQ(parsed.out, "");
  EXPECT_FALSE(parsed.chosen.body);
  return parsed.error;
}

// Every command below `app`, as typed.
void CollectCommands(const CLI::App& app, std::vector<std::string> words, std::vector<std::vector<std::string>>& all) {
  all.push_back(words);
  for (const CLI::App* const command : app.get_subcommands(nullptr)) {
    words.push_back(command->get_name());
    CollectCommands(*command, words, all);
    words.pop_back();
  }
}

TEST(CommandLineTest, HelpOfEveryCommandExplainsItselfAndHasAnExample) {
  ChosenCommand chosen;
  std::vector<std::vector<std::string>> commands;
  CollectCommands(*MakeApp(chosen), {}, commands);
  EXPECT_GE(commands.size(), 24u);
  for (std::vector<std::string> command : commands) {
    std::vector<std::string> words = command;
    words.insert(words.begin(), "parzen");
    command.push_back("--help");
    const ParsedCommandLine parsed = ParseCommandLine(command);
    EXPECT_EQ(parsed.exit_code, 0);
    EXPECT_EQ(parsed.error, "");
    EXPECT_THAT(parsed.out, AllOf(HasSubstr(absl::StrCat("Usage: ", absl::StrJoin(words, " "), " [")),
                                  HasSubstr("Example:\n  parzen"), HasSubstr("--help")))
        << testing::PrintToString(command);
  }
}

TEST(CommandLineTest, HelpFitsTheTerminal) {
  const std::string help = ParseCommandLine({"run", "--help"}).out;
  for (const absl::string_view line : absl::StrSplit(help.substr(0, help.find("Example:")), '\n')) {
    EXPECT_LE(line.size(), 110u) << line;
  }
}

TEST(HelpEntryTest, TextIsWrappedBesideItsName) {
  EXPECT_EQ(HelpEntry("  --db F", "one two three", 10, 18), "  --db F  one two\n          three\n");
}

TEST(HelpEntryTest, LongNameHasALineOfItsOwn) {
  EXPECT_EQ(HelpEntry("  --coordinator", "one", 10, 40), "  --coordinator\n          one\n");
}

TEST(CommandLineTest, HelpMayBeACommand) {
  EXPECT_EQ(ParseCommandLine({"help"}).out, ParseCommandLine({"--help"}).out);
  EXPECT_EQ(ParseCommandLine({"help", "study", "list"}).out, ParseCommandLine({"study", "list", "--help"}).out);
  EXPECT_EQ(ParseCommandLine({"help", "help"}).out, ParseCommandLine({"help", "--help"}).out);
  EXPECT_THAT(ParseCommandLine({"help"}).out, HasSubstr("\n  help "));
}

TEST(CommandLineTest, HelpOnAnUnknownCommandIsTheSameMistake) {
  EXPECT_EQ(Mistake({"help", "studdy"}), Mistake({"studdy"}));
  EXPECT_EQ(Mistake({"help", "study", "lst"}), Mistake({"study", "lst"}));
  EXPECT_EQ(Mistake({"studdy", "--help"}), Mistake({"studdy"}));
}

// As where a shell's variable is not set.
TEST(CommandLineTest, EmptyFilesFoldersAndAddressesAreMistakes) {
  EXPECT_THAT(Mistake({"worker", "--cache", ""}), HasSubstr("parzen worker: --cache: is empty"));
  EXPECT_THAT(Mistake({"study", "list", "--db", ""}), HasSubstr("parzen study list: --db: is empty"));
  EXPECT_THAT(Mistake({"study", "list", "--coordinator", ""}), HasSubstr("--coordinator: is empty"));
}

TEST(CommandLineTest, VersionIsOneLine) { EXPECT_THAT(ParseCommandLine({"--version"}).out, StartsWith("parzen ")); }

TEST(CommandLineTest, ChosenCommandIsNamedAsTyped) {
  EXPECT_EQ(ParseCommandLine({"study", "list"}).chosen.name, "study list");
  EXPECT_EQ(ParseCommandLine({"best"}).chosen.name, "best");
}

TEST(CommandLineTest, CommandsThatRunLongStopCleanly) {
  EXPECT_TRUE(ParseCommandLine({"run", "s.textproto"}).chosen.stops_cleanly);
  EXPECT_TRUE(ParseCommandLine({"coordinator"}).chosen.stops_cleanly);
  EXPECT_TRUE(ParseCommandLine({"study", "watch"}).chosen.stops_cleanly);
  EXPECT_FALSE(ParseCommandLine({"study", "list"}).chosen.stops_cleanly);
}

TEST(CommandLineTest, UnknownCommandSuggestsTheClosest) {
  EXPECT_EQ(Mistake({"stduy"}),
            "parzen: there is no command \"stduy\"; did you mean \"study\"?\nSee `parzen --help`.\n");
  EXPECT_THAT(Mistake({"study", "lsit"}), HasSubstr("did you mean \"list\"?\nSee `parzen study --help`."));
}

TEST(CommandLineTest, UnknownOptionSuggestsTheClosest) {
  EXPECT_THAT(Mistake({"run", "s.textproto", "--trails", "5"}),
              HasSubstr("parzen run: there is no option --trails; did you mean \"--trials\"?"));
  EXPECT_THAT(Mistake({"best", "--fromat=csv"}), HasSubstr("did you mean \"--format\"?"));
}

TEST(CommandLineTest, MissingCommandListsThem) {
  EXPECT_THAT(Mistake({}), AllOf(HasSubstr("a command is missing"), HasSubstr("run, coordinator")));
  EXPECT_THAT(Mistake({"trial"}), HasSubstr("list, show"));
}

TEST(CommandLineTest, MissingArgumentIsNamed) { EXPECT_THAT(Mistake({"run"}), HasSubstr("FILE is required")); }

TEST(CommandLineTest, OneArgumentTooManyIsNamed) {
  EXPECT_THAT(Mistake({"best", "s", "t"}), HasSubstr("\"t\" is one argument too many"));
}

TEST(CommandLineTest, ValueOfTheWrongTypeIsNamed) {
  EXPECT_THAT(Mistake({"run", "s.textproto", "--trials", "many"}), AllOf(HasSubstr("--trials"), HasSubstr("many")));
}

TEST(CommandLineTest, ValueOutOfRangeIsNamed) {
  EXPECT_THAT(Mistake({"worker", "--slots", "0"}), AllOf(HasSubstr("--slots"), HasSubstr("1")));
  EXPECT_THAT(Mistake({"worker", "--memory", "2"}), AllOf(HasSubstr("--memory"), HasSubstr("512M or 2G")));
  EXPECT_THAT(Mistake({"worker", "--memory", "1M"}), HasSubstr("at least 16M"));
  EXPECT_THAT(Mistake({"worker", "--label", "a b"}), AllOf(HasSubstr("--label"), HasSubstr("a b")));
}

TEST(CommandLineTest, HelpShowsTheDefaultOfANumberAndNoTypes) {
  const std::string worker = ParseCommandLine({"worker", "--help"}).out;
  EXPECT_THAT(worker, AllOf(HasSubstr("--slots N "), HasSubstr("(default: 1)"), Not(HasSubstr("INT"))));
  EXPECT_THAT(ParseCommandLine({"best", "--help"}).out, HasSubstr("--top N  "));
}

TEST(CommandLineTest, OptionTakesOneValueEachTimeAndLeavesTheRestToArguments) {
  EXPECT_THAT(Mistake({"trial", "enqueue", "digits", "--set", "c=1", "d=2"}), HasSubstr("one argument too many"));
  EXPECT_EQ(ParseCommandLine({"trial", "enqueue", "--set", "c=1", "--set", "d=2", "digits"}).chosen.name,
            "trial enqueue");
  EXPECT_EQ(ParseCommandLine({"trial", "list", "--state", "COMPLETE,FAIL", "digits"}).chosen.name, "trial list");
  EXPECT_EQ(ParseCommandLine({"cert", "coordinator", "--host", "a", "--host", "b", "keys"}).chosen.name,
            "cert coordinator");
}

TEST(CommandLineTest, SizesAreSpelledAlikeEverywhere) {
  for (const std::string size : {"16GB", "16G", "16gib", "1.5 G", "20000000"}) {
    // What is wrong comes later.
    EXPECT_THAT(Mistake({"worker", "--cache-size", size, "--label", "a b"}), HasSubstr("--label")) << size;
    EXPECT_THAT(Mistake({"worker", "--memory", size, "--label", "a b"}), HasSubstr("--label")) << size;
    EXPECT_THAT(Mistake({"coordinator", "--max-upload", size, "--log-level", "x"}), HasSubstr("--log-level")) << size;
  }
  for (const std::string size : {"G", "16X", "16GG", "-1G", "inf", "9e99"}) {
    EXPECT_THAT(Mistake({"worker", "--cache-size=" + size}), HasSubstr("is no size")) << size;
    EXPECT_THAT(Mistake({"coordinator", "--max-upload=" + size}), HasSubstr("is no size")) << size;
  }
}

TEST(CommandLineTest, UnknownFormatListsTheKnownOnes) {
  EXPECT_THAT(Mistake({"best", "-f", "xml"}), AllOf(HasSubstr("xml"), HasSubstr("json")));
}

TEST(CommandLineTest, DatabaseAndCoordinatorExcludeEachOther) {
  EXPECT_THAT(Mistake({"best", "--db", "a.db", "--coordinator", "b"}), HasSubstr("--coordinator"));
}

TEST(CommandLineTest, MistakesAreOneLineAndAHint) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{}, {"x"}, {"run"}, {"best", "-f", "xml"}}) {
    const std::string mistake = Mistake(arguments);
    EXPECT_EQ(std::count(mistake.begin(), mistake.end(), '\n'), 2) << mistake;
    EXPECT_THAT(mistake, EndsWith("--help`.\n"));
  }
}

}  // namespace
}  // namespace parzen
