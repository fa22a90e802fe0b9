// The units of deploy/systemd, read by systemd itself, and the options they start the program with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::Not;

class SystemdTest : public testing::TestWithParam<const char*> {
 protected:
  // The unit as it would be where the program is.
  static std::string Unit() {
    return absl::StrReplaceAll(ReadFile(TreeFile(absl::StrCat("deploy/systemd/", GetParam(), ".service"))),
                               {{"/usr/local/bin/parzen", ParzenBinary()}});
  }
};

TEST_P(SystemdTest, UnitIsUnderstood) {
  constexpr char kAnalyze[] = "/usr/bin/systemd-analyze";
  if (access(kAnalyze, X_OK) != 0) GTEST_SKIP() << "SKIPPED: systemd-analyze is not installed";
  const std::string path = absl::StrCat(FreshFolder(), "/", GetParam(), ".service");
  std::ofstream(path) << Unit();
  const Finished verified = RunToEnd({kAnalyze, "verify", "--man=no", path});
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_THAT(verified.err, Not(HasSubstr(path))) << "a setting that systemd does not know";
}

TEST_P(SystemdTest, OptionsOfTheUnitAreKnown) {
  for (const absl::string_view line : absl::StrSplit(Unit(), '\n')) {
    absl::string_view command = line;
    if (!absl::ConsumePrefix(&command, "ExecStart=")) continue;
    std::vector<std::string> arguments = absl::StrSplit(command, ' ');
    // The operator's own options; "${...}" is a part of a word.
    std::erase_if(arguments, [](const std::string& word) { return word[0] == '$' && word[1] != '{'; });
    arguments.push_back("--no-such-option");
    const Finished refused = RunToEnd(arguments);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("there is no option --no-such-option"));
    return;
  }
  FAIL() << "no ExecStart";
}

INSTANTIATE_TEST_SUITE_P(All, SystemdTest, testing::Values("parzen-coordinator", "parzen-worker"),
                         [](const auto& info) {
                           return absl::StrReplaceAll(info.param, {{"-", "_"}});
                         });

}  // namespace
}  // namespace parzen
