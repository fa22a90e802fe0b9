// Studies that train nothing, as a user types them: test functions, pruning, and his own program with all that it can
// do wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

class ObjectivesTest : public testing::Test {
 protected:
  ObjectivesTest() : folder_(FreshFolder()) {}

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(absl::StrCat(folder_, "/", name)) << text;
    return absl::StrCat(folder_, "/", name);
  }
  std::string Db(const std::string& name = "s.db") const { return absl::StrCat(folder_, "/", name); }
  Finished Parzen(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), ParzenBinary());
    return RunToEnd(arguments);
  }
  Finished RunStudy(const std::string& text, std::vector<std::string> options = {}, const std::string& db = "s.db") {
    std::vector<std::string> command = {"run", Write("study.textproto", text), "--db", Db(db)};
    command.insert(command.end(), options.begin(), options.end());
    return Parzen(command);
  }
  std::vector<Json> Trials(const std::string& db = "s.db") const {
    const Finished listed = Parzen({"trial", "list", "--db", Db(db), "-f", "json"});
    EXPECT_EQ(listed.code, 0) << listed.err;
    return Json::parse(listed.out, nullptr, /*allow_exceptions=*/false);
  }
  // "0 COMPLETE 1.5 ..." of each trial, by number: what a seed decides.
  std::set<std::string> Points(const std::string& db) const {
    std::set<std::string> points;
    for (const Json& trial : Trials(db)) {
      points.insert(absl::StrCat(trial["number"].dump(), " ", trial["state"].get<std::string>(), " ",
                                 trial["value"].dump(), " ", trial["x"].dump(), " ", trial["y"].dump()));
    }
    return points;
  }

  const std::string folder_;
};

constexpr char kBranin[] = R"(name: "branin" objective { direction: MINIMIZE }
  function { branin {} }
  parameter { name: "x" float { low: -5 high: 10 } }
  parameter { name: "y" float { low: 0 high: 15 } }
  search { sampler { random {} } trials: 40 seed: 2 })";

constexpr char kPruning[] = R"(name: "pruning" objective { direction: MINIMIZE }
  function { branin {} curve { steps: 9 excess: 10 } }
  parameter { name: "x" float { low: -5 high: 10 } }
  parameter { name: "y" float { low: 0 high: 15 } }
  search { sampler { random {} } pruner { median { startup_trials: 4 } } trials: 30 seed: 2 })";

TEST_F(ObjectivesTest, FunctionStudyRunsToItsReportWithoutDatasetOrFinalTraining) {
  const Finished run = RunStudy(kBranin);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("best trial"), HasSubstr("value"), HasSubstr("branin.report.html")));
  EXPECT_THAT(run.out + run.err, AllOf(Not(HasSubstr("dataset")), Not(HasSubstr("final training")),
                                       Not(HasSubstr("test rows")), Not(HasSubstr("accuracy"))));
  double lowest = 1e300;
  for (const Json& trial : Trials()) lowest = std::min(lowest, trial["value"].get<double>());
  EXPECT_EQ(Trials().size(), 40u);
  EXPECT_GE(lowest, 0.397887);

  const Finished best = Parzen({"best", "--db", Db(), "-f", "json"});
  EXPECT_EQ(best.code, 0) << best.err;
  EXPECT_THAT(best.out, HasSubstr(Json(lowest).dump()));
  EXPECT_EQ(Parzen({"report", "--db", Db(), "-o", Db("page.html")}).code, 0);
  EXPECT_THAT(ReadFile(Db("page.html")), HasSubstr("branin"));
  EXPECT_THAT(Parzen({"study", "watch", "branin", "--db", Db()}).out, HasSubstr("40/40"));
  EXPECT_EQ(RunStudy(kBranin).out, run.out) << "a finished study is shown again";
}

TEST_F(ObjectivesTest, SameSeedGivesTheSamePointsForOneAndForThreeWorkers) {
  ASSERT_EQ(RunStudy(kBranin, {"--workers", "1"}, "a.db").code, 0);
  ASSERT_EQ(RunStudy(kBranin, {"--workers", "3"}, "b.db").code, 0);
  EXPECT_EQ(Points("a.db").size(), 40u);
  EXPECT_EQ(Points("a.db"), Points("b.db"));
  ASSERT_EQ(RunStudy(kBranin, {"--seed", "3"}, "c.db").code, 0);
  EXPECT_NE(Points("a.db"), Points("c.db"));
}

TEST_F(ObjectivesTest, SeveralValuesHaveNoBestButAReport) {
  const Finished run = RunStudy(R"(name: "two" objective { direction: MINIMIZE } objective { direction: MINIMIZE }
      function { zdt1 {} }
      parameter { name: "a" float { low: 0 high: 1 } } parameter { name: "b" float { low: 0 high: 1 } }
      search { sampler { random {} } trials: 10 })");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("two.report.html"));
}

TEST_F(ObjectivesTest, PrunedTrialTellsWhyAndTheSameSeedPrunesTheSame) {
  ASSERT_EQ(RunStudy(kPruning, {}, "a.db").code, 0);
  ASSERT_EQ(RunStudy(kPruning, {}, "b.db").code, 0);
  EXPECT_EQ(Points("a.db"), Points("b.db"));
  int pruned = 0, complete = 0;
  for (const Json& trial : Trials("a.db")) {
    if (trial["state"] == "COMPLETE") ++complete;
    if (trial["state"] != "PRUNED") continue;
    ++pruned;
    const Finished shown = Parzen({"trial", "show", "pruning", trial["number"].dump(), "--db", Db("a.db")});
    EXPECT_THAT(shown.out, AllOf(HasSubstr("PRUNED"), HasSubstr("median"))) << shown.err;
  }
  EXPECT_GE(pruned, 5);
  EXPECT_GE(complete, 5);  // the first four, and whoever is better than the median
  EXPECT_EQ(pruned + complete, 30);

  EXPECT_EQ(Parzen({"report", "--db", Db("a.db"), "--csv", Db("plots")}).code, 0);
  const std::string curves = ReadFile(Db("plots/intermediate_values.csv"));
  EXPECT_GE(std::count(curves.begin(), curves.end(), '\n'), 1 + 9 * complete + pruned) << "a row for each step";
}

TEST_F(ObjectivesTest, WrongStudiesAreToldWithLineAndField) {
  const Finished run = RunStudy(R"(name: "wrong"
objective { metric: "loss" direction: MINIMIZE }
function { hartmann6 {} }
parameter { name: "x" float { low: 0 high: 1 } }
search { trials: 3 })");
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr(":2: objective[0].metric: \"loss\" is no metric"),
                             HasSubstr(":4: parameter: hartmann6 needs exactly 6 parameters, not 1")));
}

class CommandStudyTest : public ObjectivesTest {
 protected:
  // A study of three trials, one for each x, whose program is a shell script; `more` goes into its command.
  std::string Study(const std::string& script, const std::string& more = "") {
    return absl::StrCat("name: 'program' objective { direction: MINIMIZE }\ncommand { argv: ['sh', '",
                        Write("program.sh", script), "'] folder: '", folder_, "' ", more,
                        " }\nparameter { name: 'x' int { low: 0 high: 2 } }\nsearch { sampler { grid {} } }\n");
  }
  std::map<int, Json> TrialOfX() const {
    std::map<int, Json> trials;
    for (const Json& trial : Trials()) trials[trial["x"].get<int>()] = trial;
    return trials;
  }
};

// Sets $x to the parameter of the trial that it reads.
constexpr char kReadX[] = "read -r trial; x=${trial##*\\\"x\\\": }; x=${x%%\\}*}\n";

TEST_F(CommandStudyTest, ProgramIsTheObjectiveAndItsStepsAreStored) {
  const Finished run = RunStudy(Study(absl::StrCat(kReadX, R"(
      for step in 1 2 3; do echo "{\"step\": $step, \"value\": $((x * step))}"; read -r answer; done
      echo "{\"value\": $((x * 10 + 5)), \"metrics\": {\"seconds_per_step\": 0.5}}")")));
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("best trial  0"), HasSubstr("x = 0")));
  for (auto& [x, trial] : TrialOfX()) {
    EXPECT_EQ(trial["state"], "COMPLETE");
    EXPECT_EQ(trial["value"], x * 10 + 5);
  }
  const Finished shown = Parzen({"trial", "show", "program", "0", "--db", Db()});
  EXPECT_THAT(shown.out, HasSubstr("seconds_per_step"));
}

TEST_F(CommandStudyTest, FailedAndHangingTrialsSayWhyAndTheStudyGoesOn) {
  const Finished run = RunStudy(Study(absl::StrCat(kReadX, R"(
      case $x in
        0) echo 'no such kernel' >&2; exit 3 ;;
        1) exec sleep 10000 ;;
        2) echo '{"value": 2}' ;;
      esac)"),
                                      "time_limit_seconds: 0.5"));
  ASSERT_EQ(run.code, 0) << run.err;
  std::map<int, Json> trials = TrialOfX();
  ASSERT_EQ(trials.size(), 3u);
  EXPECT_EQ(trials[0]["state"], "FAIL");
  EXPECT_THAT(trials[0]["reason"].get<std::string>(),
              AllOf(HasSubstr("ended with status 3"), HasSubstr("no such kernel")));
  EXPECT_EQ(trials[1]["state"], "FAIL");
  EXPECT_THAT(trials[1]["reason"].get<std::string>(), HasSubstr("took longer than 0.5 seconds"));
  EXPECT_EQ(trials[2]["state"], "COMPLETE");
}

TEST_F(CommandStudyTest, KeptProgramIsStartedOnce) {
  const Finished run = RunStudy(Study(absl::StrCat("echo start >> starts\nwhile ", kReadX, R"([ "$trial" ]; do
      echo "{\"value\": $x}"; done)"),
                                      "keep_alive: true"));
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(ReadFile(folder_ + "/starts"), "start\n");
  for (auto& [x, trial] : TrialOfX()) EXPECT_EQ(trial["value"], x);
}

TEST_F(CommandStudyTest, ProgramThatIsNotThereFailsWithItsName) {
  const Finished run = RunStudy(R"(name: "program" objective { direction: MINIMIZE } command { argv: "no-such-program" }
      parameter { name: "x" int { low: 0 high: 2 } } search { sampler { grid {} } })");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("no program \"no-such-program\""));
}

TEST_F(CommandStudyTest, ProgramDiesWithARunThatIsKilled) {
  ASSERT_EQ(mkfifo((folder_ + "/ready").c_str(), 0600), 0);
  const std::string study = Write("study.textproto", Study("echo $$ > pid; echo ready > ready; exec sleep 10000"));
  Process run({ParzenBinary(), "run", study, "--db", Db()});
  EXPECT_EQ(ReadFile(folder_ + "/ready"), "ready\n");  // waits for the program
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, atoi(ReadFile(folder_ + "/pid").c_str()), 0));
  ASSERT_GE(handle, 0);
  run.Signal(SIGKILL);
  run.Wait();
  pollfd ended{handle, POLLIN, 0};
  EXPECT_EQ(poll(&ended, 1, 60000), 1) << "still runs";
  close(handle);
}

TEST_F(CommandStudyTest, CommandsGoOnlyToWorkersThatAllowThem) {
  const std::string address = absl::StrCat("unix:", folder_, "/socket");
  Process coordinator({ParzenBinary(), "coordinator", "--db", Db(), "--listen", address});
  coordinator.WaitForLine("listening on ");
  const auto create = [&](const std::string& text) {
    const Finished created = Parzen({"study", "create", Write("study.textproto", text), "--coordinator", address});
    EXPECT_EQ(created.code, 0) << created.err;
    EXPECT_THAT(created.out, Not(HasSubstr("dataset")));
  };
  const auto watch = [&](const std::string& study) {
    EXPECT_EQ(Parzen({"study", "watch", study, "--coordinator", address}).code, 0);
  };
  const auto workers = [&] {
    std::set<std::string> names;
    const Finished listed = Parzen({"trial", "list", "program", "--db", Db(), "-f", "json"});
    for (const Json& trial : Json::parse(listed.out, nullptr, false)) names.insert(trial["worker"].get<std::string>());
    return names;
  };
  create(Study(absl::StrCat(kReadX, "echo \"{\\\"value\\\": $x}\"")));
  create(kBranin);
  // The first worker does the second study to its end, and nothing of the first.
  Process careful({ParzenBinary(), "worker", "--coordinator", address, "--name", "careful"});
  watch("branin");
  EXPECT_THAT(workers(), testing::IsEmpty());
  Process open({ParzenBinary(), "worker", "--coordinator", address, "--name", "open", "--allow-commands"});
  watch("program");
  EXPECT_THAT(workers(), testing::ElementsAre("open"));
}

TEST_F(ObjectivesTest, CatalogueStudiesOfFunctionsRunWithAHandfulOfTrials) {
  for (const char* study : {"branin", "hartmann6", "sphere5", "rastrigin6", "conditional_mixed", "pruning"}) {
    const Finished run = Parzen(
        {"run", TreeFile(absl::StrCat("studies/catalog/", study, ".textproto")), "--db", Db("c.db"), "--trials", "15"});
    EXPECT_EQ(run.code, 0) << study << ": " << run.err;
  }
}

TEST_F(ObjectivesTest, CatalogueProgramIsPrunedAndCompletes) {
  const std::string tree = TreeFile("");
  const Finished run =
      RunToEnd({"/bin/sh", "-c",
                absl::StrCat("cd '", tree, "' && exec '", std::filesystem::absolute(ParzenBinary()).string(),
                             "' run studies/catalog/command_example.textproto --db ", Db())});
  ASSERT_EQ(run.code, 0) << run.err;
  std::map<std::string, int> states;
  for (const Json& trial : Trials()) ++states[trial["state"].get<std::string>()];
  EXPECT_GE(states["COMPLETE"], 5);
  EXPECT_GE(states["PRUNED"], 1);
  EXPECT_EQ(states["FAIL"], 0);
}

}  // namespace
}  // namespace parzen
