// The scripts of `parzen completion` in real shells: bash's function called as bash calls it, and both shells on a
// terminal, where a person presses Tab.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/integration/process.h"
#include "tests/integration/terminal_process.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

constexpr char kOddName[] = R"(weird: it's a "name" & more)";

// An empty place with a database of studies, and `parzen` on the way to it.
class CompletionTest : public testing::Test {
 protected:
  CompletionTest() : folder_(FreshFolder()), db_(folder_ + "/s.db") {
    EXPECT_EQ(symlink(ParzenBinary().c_str(), (folder_ + "/parzen").c_str()), 0);
    for (const std::string& name : std::vector<std::string>{"digits", "digital", kOddName, "x:y z"}) AddStudy(name);
  }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }

  void AddStudy(const std::string& name) const {
    constexpr char kStudy[] = R"(name: "s" objective { direction: MINIMIZE }
      parameter { name: "x" float { low: -5 high: 5 } } search { sampler { random {} } trials: 3 seed: 1 })";
    const Finished made =
        RunToEnd({ParzenBinary(), "study", "create", Write("s.textproto", kStudy), "--name", name, "--db", db_});
    ASSERT_EQ(made.code, 0) << made.err;
  }

  // What bash is told when Tab is pressed at the end of `line`: a line "compopt ..." for each of its changes to how the
  // candidates are treated, then the candidates. `setup` runs before.
  std::vector<std::string> Tab(const std::string& line, const std::string& setup = "") const {
    Write("line", line + "\n");
    const std::string script =
        absl::StrCat("cd '", folder_, "'\nPATH=$PWD:$PATH\nsource <(parzen completion bash) || exit 1\n", setup,
                     "\ncompopt() { echo \"compopt $*\"; }\nIFS= read -r COMP_LINE < line\nCOMP_POINT=${#COMP_LINE}\n",
                     "COMP_WORDBREAKS=$' \\t\\n\"\\'@><=;|&(:'\n_parzen parzen '' ''\n",
                     "(( ! ${#COMPREPLY[@]} )) || printf '%s\\n' \"${COMPREPLY[@]}\"\n");
    const Finished asked = RunToEnd({"/bin/bash", "--norc", "-c", script});
    EXPECT_EQ(asked.code, 0);
    EXPECT_EQ(asked.err, "");
    return absl::StrSplit(asked.out, '\n', absl::SkipEmpty());
  }

  const std::string folder_;
  const std::string db_;
};

TEST_F(CompletionTest, BashIsToldCommandsOptionsAndTheirValues) {
  EXPECT_THAT(Tab("parzen st"), ElementsAre("study"));
  EXPECT_THAT(Tab("parzen "), IsSupersetOf({"run", "study", "trial"}));
  EXPECT_THAT(Tab("parzen best --fo"), ElementsAre("--format"));
  EXPECT_THAT(Tab("parzen best -f j"), ElementsAre("json"));
  EXPECT_THAT(Tab("parzen best --format=j"), ElementsAre("json"));
  EXPECT_THAT(Tab("parzen sampler show ra"), ElementsAre("random"));
  EXPECT_THAT(Tab("parzen best --coordinator 127.0.0.1:7"), ElementsAre("7717"));
}

TEST_F(CompletionTest, BashIsToldStudies) {
  EXPECT_THAT(Tab("parzen study show --db s.db dig"), ElementsAre("compopt -o filenames", "digits", "digital"));
  EXPECT_THAT(Tab("parzen study show --db s.db wei"), ElementsAre("compopt -o filenames", kOddName));
  EXPECT_THAT(Tab(R"(parzen study show --db s.db 'weird: it'\''s a)"),
              ElementsAre("compopt -o filenames", std::string(kOddName).substr(std::string("weird: it'").size())));
  EXPECT_THAT(Tab("parzen study show --db s.db x:"), ElementsAre("compopt -o filenames", "y z"));
}

TEST_F(CompletionTest, StudiesComeFromTheEnvironmentToo) {
  EXPECT_THAT(Tab("parzen best digi", "export PARZEN_DB=s.db"),
              ElementsAre("compopt -o filenames", "digits", "digital"));
  EXPECT_THAT(Tab("parzen best digi"), ElementsAre("compopt -o filenames"));
}

TEST_F(CompletionTest, StudiesComeFromACoordinator) {
  const std::string address = "unix:" + folder_ + "/c";
  Process coordinator({ParzenBinary(), "coordinator", "--db", db_, "--listen", address});
  coordinator.WaitForLine("listening on ");
  EXPECT_THAT(Tab("parzen best --coordinator unix:c dig"), ElementsAre("compopt -o filenames", "digits", "digital"));
}

TEST_F(CompletionTest, SaysNothingWhereThereIsNoDatabaseNorCoordinator) {
  EXPECT_THAT(Tab("parzen best --db none.db "), ElementsAre("compopt -o filenames"));
  EXPECT_THAT(Tab("parzen best --db line "), ElementsAre("compopt -o filenames"));
  EXPECT_THAT(Tab("parzen best --coordinator unix:none "), ElementsAre("compopt -o filenames"));
  EXPECT_NE(access((folder_ + "/none.db").c_str(), F_OK), 0);
}

TEST_F(CompletionTest, FilesAreLeftToBash) {
  EXPECT_THAT(Tab("parzen run "), ElementsAre("compopt -o default"));
  EXPECT_THAT(Tab("parzen best --db="), ElementsAre("compopt -o default"));
  EXPECT_THAT(Tab("parzen run --data "), ElementsAre("compopt -o dirnames"));
  EXPECT_THAT(Tab("parzen run --trials "), IsEmpty());
}

TEST_F(CompletionTest, HiddenCommandSaysHowItIsCalled) {
  const Finished wrong = RunToEnd({ParzenBinary(), "complete"});
  EXPECT_NE(wrong.code, 0);
  EXPECT_THAT(wrong.err, HasSubstr("complete -- WORDS"));
}

struct Shell {
  const char* name;
  const char* rc_file;
  const char* rc;
};

const Shell kShells[] = {
    {"bash", ".bashrc",
     "bind 'set bell-style none' 2> /dev/null\nPS1='ready> '\nset +H\nsource <(parzen completion bash)\n"},
    {"zsh", ".zshrc",
     "PS1='ready> '\nautoload -U compinit && compinit -u -D\nunsetopt PROMPT_SP\nsource <(parzen completion zsh)\n"}};

class ShellTest : public CompletionTest, public testing::WithParamInterface<Shell> {
 protected:
  bool Installed() const { return RunToEnd({"/bin/sh", "-c", absl::StrCat("command -v ", GetParam().name)}).code == 0; }

  // The words that `parzen` gets when `keys`, which have Tabs in them, and Enter are typed; waits for each of `words`.
  void ExpectWords(const std::string& keys, const std::vector<std::string>& words) const {
    const char* const path = std::getenv("PATH");
    std::vector<std::string> command = {GetParam().name, "-i"};
    if (command[0] == "bash") command = {"bash", "--noprofile", "--rcfile", folder_ + "/.bashrc", "-i"};
    TerminalProcess shell(
        command, 200, 50,
        {"HOME=" + folder_, "ZDOTDIR=" + folder_, "INPUTRC=/dev/null", "HISTFILE=", "PARZEN_DB=" + db_,
         absl::StrCat("PATH=", folder_, "/shown:", path == nullptr ? "/usr/bin:/bin" : path)});
    shell.WaitToSee({"ready>"});
    shell.Type(keys + "\r");
    std::vector<std::string> shown;
    for (const std::string& word : words) shown.push_back(absl::StrCat("\n<", word, ">\n"));
    shell.WaitToSee(shown);
    shell.Type("exit\r");
    shell.Wait();
  }

  void SetUp() override {
    if (!Installed()) GTEST_SKIP() << GetParam().name << " IS NOT INSTALLED: its completion is not tested";
    Write(GetParam().rc_file, GetParam().rc);
    // Shows its words instead of doing what they say.
    std::filesystem::create_directory(folder_ + "/shown");
    Write("shown/parzen", absl::StrCat("#!/bin/sh\ncase $1 in complet*) exec '", ParzenBinary(),
                                       "' \"$@\" ;; esac\nprintf '<%s>\\n' \"$@\"\n"));
    std::filesystem::permissions(folder_ + "/shown/parzen", std::filesystem::perms::owner_all);
  }
};

INSTANTIATE_TEST_SUITE_P(Shells, ShellTest, testing::ValuesIn(kShells),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(ShellTest, TabCompletesNamesThatNeedQuotes) {
  ExpectWords("parzen study show wei\t -f csv", {kOddName, "csv"});
  ExpectWords("parzen study show 'weird\t -f csv", {kOddName, "csv"});
  ExpectWords("parzen study show \"weird\t -f csv", {kOddName, "csv"});
  ExpectWords("parzen study show weird:\t -f csv", {kOddName, "csv"});
}

TEST_P(ShellTest, TabCompletesCommandsOptionsAndFiles) {
  ExpectWords("parzen stu\tsh\tdigit\ts -f j\t", {"study", "show", "digits", "json"});
  ExpectWords(absl::StrCat("parzen best --db=", folder_, "/s.d\t --format=cs\t"),
              {absl::StrCat("--db=", db_), "--format=csv"});
}

}  // namespace
}  // namespace parzen
