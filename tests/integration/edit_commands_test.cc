// Studies and trials changed from the shell: every case once on the file alone, once through a coordinator, with the
// same outcome.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

// No train, function or command: whoever asks does the trials.
constexpr char kStudy[] = R"(name: "s" objective { direction: MINIMIZE }
  parameter { name: "x" float { low: -5 high: 5 } }
  parameter { name: "kernel" categorical { choice: "RBF" choice: "POLY" } }
  search { sampler { random {} } pruner { threshold { upper: 100 } } trials: 12 seed: 3 }
)";

// Does trials until there are none: value = x * x.
constexpr char kLoop[] = R"sh(
while trial=$("$PARZEN" trial ask s "$@" 2> /dev/null); do
  number=$(echo "$trial" | sed 's/.*"trial": \([0-9]*\).*/\1/')
  x=$(echo "$trial" | sed 's/.*"x": \([-0-9.e]*\).*/\1/')
  value=$(awk "BEGIN { print $x * $x }")
  "$PARZEN" trial tell s "$number" --value "$value" "$@" || exit 1
done
)sh";

enum class Through { kFile, kCoordinator };

class EditCommandsTest : public testing::TestWithParam<Through> {
 protected:
  EditCommandsTest() : folder_(FreshFolder()), db_(folder_ + "/s.db"), address_("unix:" + folder_ + "/c.sock") {
    study_ = Write("study.textproto", kStudy);
    where_ = {"--db", db_};
    if (GetParam() != Through::kCoordinator) return;
    where_ = {"--coordinator", address_};
    coordinator_ = std::make_unique<Process>(
        std::vector<std::string>{ParzenBinary(), "coordinator", "--db", db_, "--listen", address_});
    coordinator_->WaitForLine("listening on ");
  }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  Finished Parzen(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), ParzenBinary());
    arguments.insert(arguments.end(), where_.begin(), where_.end());
    return RunToEnd(arguments);
  }
  // What a command says that has to succeed.
  std::string Said(const std::vector<std::string>& arguments) const {
    const Finished finished = Parzen(arguments);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return finished.out;
  }
  // What it complains of when it is wrong usage.
  std::string Refused(const std::vector<std::string>& arguments, int code = 2) const {
    const Finished finished = Parzen(arguments);
    EXPECT_EQ(finished.code, code) << finished.out << finished.err;
    EXPECT_EQ(finished.out, "");
    return finished.err;
  }
  Json Read(const std::vector<std::string>& arguments) const {
    return Json::parse(Said(arguments), nullptr, /*allow_exceptions=*/false);
  }
  Json Trials() const { return Read({"trial", "list", "s", "-f", "json"}); }

  // A shell that runs `script` with the options that say where as its arguments.
  std::vector<std::string> Shell(const std::string& script) const {
    std::vector<std::string> command = {"/bin/sh", "-c", absl::StrCat("PARZEN='", ParzenBinary(), "'\n", script), "sh"};
    command.insert(command.end(), where_.begin(), where_.end());
    return command;
  }

  const std::string folder_;
  const std::string db_;
  const std::string address_;
  std::string study_;
  std::vector<std::string> where_;
  std::unique_ptr<Process> coordinator_;
};

INSTANTIATE_TEST_SUITE_P(Both, EditCommandsTest, testing::Values(Through::kFile, Through::kCoordinator),
                         [](const auto& info) { return info.param == Through::kFile ? "Db" : "Coordinator"; });

TEST_P(EditCommandsTest, TwoShellLoopsDoAWholeStudyWithoutDoingATrialTwice) {
  Said({"study", "create", study_});
  Process first(Shell(kLoop)), second(Shell(kLoop));
  EXPECT_EQ(first.Wait(), 0) << first.output();
  EXPECT_EQ(second.Wait(), 0) << second.output();
  const Json trials = Trials();
  ASSERT_EQ(trials.size(), 12u);
  std::set<double> points;
  for (const Json& trial : trials) {
    EXPECT_EQ(trial["state"], "COMPLETE");
    const double x = trial["x"];
    EXPECT_NEAR(trial["value"].get<double>(), x * x, 1e-4);
    points.insert(x);
  }
  EXPECT_EQ(points.size(), 12u);
  EXPECT_THAT(Refused({"trial", "ask"}, 1), HasSubstr("parzen study extend"));
}

TEST_P(EditCommandsTest, AskedTrialIsOneLineOfJsonAndToldAsJson) {
  Said({"study", "create", study_});
  const std::string line = Said({"trial", "ask", "s"});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const Json asked = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  EXPECT_EQ(asked["study"], "s");
  EXPECT_EQ(asked["trial"], 0);
  EXPECT_EQ(asked["seed"], 3);
  EXPECT_TRUE(asked["parameters"]["x"].is_number());
  const std::string told = Write("told.json", R"({"trial": 0, "values": [0.25], "steps": {"1": 0.5, "2": 0.25},
                                                  "metrics": {"accuracy": 0.9, "note": "fine"}})");
  const Finished finished = RunToEnd(Shell(absl::StrCat("\"$PARZEN\" trial tell s - \"$@\" < ", told)));
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(finished.out, "trial 0 of study \"s\" is COMPLETE: 0.25\n");
  EXPECT_EQ(Trials()[0]["accuracy"], 0.9);
  EXPECT_EQ(Trials()[0]["note"], "fine");
}

TEST_P(EditCommandsTest, StepsAreJudgedAndFailureKeepsItsReason) {
  Said({"study", "create", study_});
  Said({"trial", "ask"});
  EXPECT_EQ(Said({"trial", "tell", "0", "--step", "1=5"}), "{\"stop\": false}\n");
  EXPECT_THAT(Said({"trial", "tell", "0", "--step", "2=500"}), HasSubstr("{\"stop\": true, \"reason\": \""));
  EXPECT_EQ(Said({"trial", "tell", "0", "--state", "PRUNED"}), "trial 0 of study \"s\" is PRUNED: 500\n");
  Said({"trial", "ask"});
  EXPECT_EQ(Said({"trial", "tell", "s", "1", "--state", "FAIL", "--reason", "no memory"}),
            "trial 1 of study \"s\" is FAIL: no memory\n");
  EXPECT_THAT(Refused({"trial", "tell", "1", "--value", "3"}), HasSubstr("trial 1 is FAIL already"));
  EXPECT_THAT(Said({"trial", "retry", "1"}),
              HasSubstr("trial 2 of study \"s\" waits with the values of trial 1; the study's budget is 13 for it, and "
                        "was 12"));
  Said({"trial", "ask"});
  EXPECT_EQ(Said({"trial", "tell", "2", "--value", "nan"}),
            "trial 2 of study \"s\" is FAIL: it was told a value that is NaN\n");
}

TEST_P(EditCommandsTest, EnqueuedTrialsComeFirstAndOnce) {
  Said({"study", "create", study_});
  EXPECT_EQ(Said({"trial", "enqueue", "s", "--set", "x=1", "--set", "kernel=POLY"}), "trial 0 of study \"s\" waits\n");
  EXPECT_THAT(Said({"trial", "enqueue", "--set", "kernel=POLY", "--set", "x=1.0", "--skip-if-exists"}),
              HasSubstr("has these values already"));
  EXPECT_THAT(Refused({"trial", "enqueue", "--set", "kernal=POLY"}), HasSubstr("did you mean \"kernel\""));
  EXPECT_THAT(Refused({"trial", "enqueue", "--set", "x"}), HasSubstr("NAME=VALUE"));
  const Json asked = Read({"trial", "ask"});
  EXPECT_EQ(asked["parameters"]["x"], 1.0);
  EXPECT_EQ(asked["parameters"]["kernel"], "POLY");
  EXPECT_EQ(Trials().size(), 1u);
}

TEST_P(EditCommandsTest, AStudyIsStoppedResumedExtendedAndDeleted) {
  Said({"study", "create", study_});
  EXPECT_EQ(Said({"study", "stop"}), "study \"s\" is stopped\n");
  EXPECT_THAT(Refused({"trial", "ask"}, 1), HasSubstr("parzen study resume"));
  EXPECT_EQ(Said({"study", "resume", "s"}), "study \"s\" goes on\n");
  Said({"trial", "ask"});
  EXPECT_EQ(Said({"study", "extend", "s", "--by", "3"}), "study \"s\" has a budget of 15 trials, 0 of them done\n");
  EXPECT_EQ(Said({"study", "extend", "--trials", "1"}),
            "study \"s\" has a budget of 1 trial, lowered from 15, 0 of them done\n");
  EXPECT_THAT(Refused({"study", "extend", "s"}), HasSubstr("--by N"));
  EXPECT_THAT(Refused({"study", "delete", "s"}), HasSubstr("--yes"));
  EXPECT_THAT(Refused({"study", "delete", "s", "--yes"}), HasSubstr("--force"));
  EXPECT_EQ(Said({"study", "delete", "s", "--yes", "--force"}), "study \"s\" is deleted, 1 trial\n");
  EXPECT_THAT(Refused({"study", "stop", "s"}), HasSubstr("no study \"s\""));
}

TEST_P(EditCommandsTest, BadTellingSaysWhatWouldBeRight) {
  Said({"study", "create", study_});
  Said({"trial", "ask"});
  EXPECT_THAT(Refused({"trial", "tell", "0"}), HasSubstr("nothing is told"));
  EXPECT_THAT(Refused({"trial", "tell", "zero", "--value", "1"}), HasSubstr("\"zero\" is not the number of a trial"));
  EXPECT_THAT(Refused({"trial", "tell", "0", "--value", "good"}), HasSubstr("--value: \"good\" is no number"));
  EXPECT_THAT(Refused({"trial", "tell", "0", "--step", "1:5"}), HasSubstr("STEP=VALUE"));
  EXPECT_THAT(Refused({"trial", "tell", "0", "--value", "1", "--value", "2"}), HasSubstr("1, not 2"));
  EXPECT_THAT(Refused({"trial", "tell", "5", "--value", "1"}), HasSubstr("no trial 5"));
  const auto json = [&](const std::string& text) {
    const Finished told = RunToEnd(Shell(absl::StrCat("\"$PARZEN\" trial tell - \"$@\" < ", Write("t.json", text))));
    EXPECT_EQ(told.code, 2) << told.out;
    return told.err;
  };
  EXPECT_THAT(json("nonsense"), HasSubstr("no JSON object"));
  EXPECT_THAT(json(R"({"trial": 0, "vales": [1]})"), HasSubstr("did you mean \"value"));
  EXPECT_THAT(json(R"({"trial": 0, "steps": {"one": 1}})"), HasSubstr("\"one\" is no step"));
  EXPECT_EQ(Trials()[0]["state"], "RUNNING");
}

TEST(RunCommandTest, AStudyWithoutWorkIsNotRunButAskedFor) {
  const std::string folder = FreshFolder();
  std::ofstream(folder + "/s.textproto") << kStudy;
  const Finished run = RunToEnd({ParzenBinary(), "run", folder + "/s.textproto", "--db", folder + "/s.db"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("parzen trial ask"));
}

}  // namespace
}  // namespace parzen
