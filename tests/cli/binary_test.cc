// The real binary, on a study database that a coordinator might have left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "studies/search_space.h"
#include "studies/store/sqlite.h"
#include "studies/store/store.h"
#include "studies/study_file.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr char kStudy[] = R"(
name: "$NAME"
objective { metric: "validation_accuracy" direction: MAXIMIZE }
train {
  dataset { digits {} }
  decision_tree {}
}
parameter { name: "max_depth" sets: "decision_tree.max_depth" int { low: 1 high: 20 } }
search { trials: 3 seed: 1 }
)";

const absl::Time kNoon = absl::FromUnixSeconds(1'750'000'000);

class BinaryTest : public testing::Test {
 protected:
  BinaryTest()
      : folder_(std::filesystem::path(testing::TempDir()) /
                testing::UnitTest::GetInstance()->current_test_info()->name()),
        db_((folder_ / "s.db").string()) {
    std::filesystem::create_directories(folder_);
  }
  ~BinaryTest() override { std::filesystem::remove_all(folder_); }

  // Three trials: one complete, one failed with a reason, one running.
  void MakeStudy(const std::string& name) {
    auto store = Store::Open(db_, Store::Mode::kCreate);
    ASSERT_TRUE(store.ok()) << store.status();
    std::string text = kStudy;
    text.replace(text.find("$NAME"), 5, name);
    const auto spec = ParseStudyFile(text, "s.textproto");
    ASSERT_TRUE(spec.ok()) << spec.status();
    const auto space = SearchSpace::Create(*spec);
    ASSERT_TRUE((*store)->Begin().ok());
    const auto study = (*store)->CreateStudy(*spec, {}, 3, kNoon);
    ASSERT_TRUE(study.ok()) << study.status();
    std::vector<int64_t> trials;
    for (int64_t number = 0; number < 3; ++number) {
      const absl::Time start = kNoon + absl::Seconds(number);
      const auto trial = (*store)->InsertTrial(*study, number, *space, {5.0 + static_cast<double>(number)}, start);
      ASSERT_TRUE(trial.ok()) << trial.status();
      trials.push_back(*trial);
    }
    const absl::Time end = kNoon + absl::Seconds(60);
    ASSERT_TRUE((*store)->SetTrialUserAttribute(trials[0], "validation_log_loss", "0.25").ok());
    ASSERT_TRUE((*store)->MoveTrial(trials[0], COMPLETE, {.1 + .2}, end).ok());
    StoredAttempt attempt{*study, trials[1], 1, 1, name + "-token", name + "-request", "worker-1", OPEN};
    StoredWorker alice;
    alice.worker_id = "worker-1";
    alice.name = "alice";
    alice.host = "host";
    ASSERT_TRUE((*store)->PutWorker(alice, kNoon).ok());
    ASSERT_TRUE((*store)->InsertAttempt(attempt, kNoon).ok());
    ASSERT_TRUE((*store)->EndAttempt(attempt.token, ENDED, "loss is NaN", end).ok());
    ASSERT_TRUE((*store)->MoveTrial(trials[1], FAIL, {}, end).ok());
    ASSERT_TRUE((*store)->Commit().ok());
  }

  // Runs `parzen ARGUMENTS`, with the database in PARZEN_DB.
  Finished Run(std::vector<std::string> arguments) const {
    setenv("PARZEN_DB", db_.c_str(), 1);
    unsetenv("PARZEN_COORDINATOR");
    arguments.insert(arguments.begin(), ParzenBinary());
    return RunToEnd(arguments);
  }
  // The result of a command that must succeed and be silent beside it.
  std::string Result(const std::vector<std::string>& arguments) const {
    const Finished ended = Run(arguments);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.err, "");
    return ended.out;
  }
  nlohmann::json JsonResult(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"-f", "json"});
    return nlohmann::json::parse(Result(arguments), nullptr, /*allow_exceptions=*/false);
  }

  const std::filesystem::path folder_;
  const std::string db_;
};

TEST_F(BinaryTest, StudyListHasARowAStudy) {
  MakeStudy("first");
  MakeStudy("second");
  const nlohmann::json studies = JsonResult({"study", "list"});
  ASSERT_THAT(studies, SizeIs(2));
  EXPECT_EQ(studies[0]["name"], "first");
  EXPECT_EQ(studies[0]["finished"], 2);
  EXPECT_EQ(studies[0]["budget"], 3);
  EXPECT_EQ(studies[0]["best"].get<double>(), .1 + .2);
}

TEST_F(BinaryTest, StudyShowHasTheSearchSpace) {
  MakeStudy("s");
  EXPECT_THAT(Result({"study", "show"}), AllOf(StartsWith("name "), HasSubstr("decision_tree.max_depth  1 to 20")));
}

TEST_F(BinaryTest, TrialListCsvAgreesWithTheView) {
  MakeStudy("s");
  const std::vector<std::string> csv = absl::StrSplit(Result({"trial", "list", "-f", "csv"}), '\n');
  auto database = Database::Open(db_, Database::Mode::kReadOnly);
  ASSERT_TRUE(database.ok()) << database.status();
  Statement& query = *database->Prepare("SELECT number, state, value FROM parzen_trials ORDER BY number");
  for (size_t line = 1; *query.Step(); ++line) {
    const std::vector<std::string> cells = absl::StrSplit(csv[line], ',');
    EXPECT_EQ(cells[0], absl::StrCat(query.Int(0)));
    EXPECT_EQ(cells[1], query.Text(1));
    EXPECT_EQ(cells[2].empty(), query.IsNull(2));
    EXPECT_EQ(std::strtod(cells[2].c_str(), nullptr), query.Double(2));  // both 0 where there is none
  }
}

TEST_F(BinaryTest, TrialListSaysWhoTrainedAndWhyItFailed) {
  MakeStudy("s");
  const nlohmann::json trials = JsonResult({"trial", "list"});
  ASSERT_THAT(trials, SizeIs(3));
  EXPECT_EQ(trials[0]["validation_log_loss"], .25);
  EXPECT_EQ(trials[0]["seconds"], 60.0);
  EXPECT_EQ(trials[1]["worker"], "alice");
  EXPECT_EQ(trials[1]["reason"], "loss is NaN");
  EXPECT_EQ(trials[2]["state"], "RUNNING");
}

TEST_F(BinaryTest, TrialShowTakesTheStudyOrNot) {
  MakeStudy("s");
  EXPECT_EQ(Result({"trial", "show", "s", "1"}), Result({"trial", "show", "1"}));
  EXPECT_THAT(Result({"trial", "show", "1"}), HasSubstr("loss is NaN"));
}

TEST_F(BinaryTest, BestHasValueAndParameters) {
  MakeStudy("s");
  EXPECT_EQ(JsonResult({"best"})[0]["max_depth"], 5);
  EXPECT_THAT(Result({"best"}), AllOf(HasSubstr("max_depth = 5"), HasSubstr("0.3  (MAXIMIZE validation_accuracy)")));
}

TEST_F(BinaryTest, ImportanceOfAStudyThatOptunaMadeIsShares) {
  std::filesystem::copy_file("tests/testdata/sample_optuna.db", db_);
  for (const char* const evaluator : {"ped_anova", "fanova { trees: 8 }", "mean_decrease_impurity"}) {
    double sum = 0;
    for (const auto& row : JsonResult({"importance", "demo", "--evaluator", evaluator})) {
      EXPECT_NE(row["parameter"], "");
      sum += row["importance"].get<double>();
    }
    EXPECT_NEAR(sum, 1, 1e-9) << evaluator;
  }
  EXPECT_THAT(Result({"importance", "demo"}),
              AllOf(HasSubstr("what makes value_0 good (2 trials, ped_anova)"), HasSubstr("█")));
}

TEST_F(BinaryTest, ImportanceOfSeveralObjectivesIsOfEachOrOfTheOneThatIsNamed) {
  std::filesystem::copy_file("tests/testdata/sample_optuna.db", db_);
  EXPECT_THAT(Result({"importance", "mo"}), AllOf(HasSubstr("what makes loss good"), HasSubstr("what makes acc good")));
  EXPECT_THAT(Result({"importance", "mo", "--objective", "acc"}), Not(HasSubstr("loss")));
  EXPECT_EQ(JsonResult({"importance", "mo", "--objective", "1"})[0]["objective"], "acc");
}

TEST_F(BinaryTest, ImportanceThatCannotBeToldSaysWhy) {
  MakeStudy("s");
  const auto error = [&](const std::vector<std::string>& arguments) {
    const Finished ended = Run(arguments);
    EXPECT_EQ(ended.code, 2);
    EXPECT_EQ(ended.out, "");
    return ended.err;
  };
  EXPECT_THAT(error({"importance"}), HasSubstr("only one trial is complete"));
  EXPECT_THAT(error({"importance", "--evaluator", "fanvoa"}), HasSubstr("did you mean \"fanova\"?"));
  EXPECT_THAT(error({"importance", "--evaluator", "fanova { tres: 5 }"}), HasSubstr("did you mean \"trees\"?"));
  EXPECT_THAT(error({"importance", "--evaluator", "fanova { trees: 0 }"}), HasSubstr("must be 1 to 10000"));
  EXPECT_THAT(error({"importance", "--objective", "accuracy"}), HasSubstr("validation_accuracy"));
}

TEST_F(BinaryTest, ReportIsWrittenAndNamed) {
  MakeStudy("s");
  const std::string path = folder_ / "r.html";
  EXPECT_EQ(Result({"report", "-o", path}), path + "\n");
  EXPECT_THAT(ReadFile(path), StartsWith("<!DOCTYPE html>"));
}

TEST_F(BinaryTest, NumbersBehindPlotsAreWrittenAndNamed) {
  MakeStudy("s");
  const std::string folder = folder_ / "plots" / "of s";
  const Finished written = Run({"report", "--csv", folder});
  EXPECT_EQ(written.code, 0);
  EXPECT_THAT(written.out, HasSubstr(folder + "/optimization_history.csv\n"));
  EXPECT_THAT(written.out, Not(HasSubstr("pareto_front")));
  EXPECT_THAT(written.err, HasSubstr("pareto_front: the study has no two objectives\n"));
  EXPECT_THAT(ReadFile(folder + "/optimization_history.csv"), StartsWith("objective,number,state,value,best\n"));
  const Finished refused = Run({"report", "--csv", folder + "/edf.csv/below"});
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, HasSubstr("cannot make the folder"));
}

TEST_F(BinaryTest, AReportIsPrintedAsText) {
  MakeStudy("s");
  const std::string text = Result({"report", "--text"});
  EXPECT_THAT(text, StartsWith("s  MAXIMIZE validation_accuracy\n"));
  EXPECT_THAT(text, HasSubstr("the line is the best so far"));
  EXPECT_THAT(text, HasSubstr("the best trials\nnumber"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "colours want a terminal";
}

TEST_F(BinaryTest, EveryKindOfThingIsListedAndShown) {
  for (const auto& [kind, name] : std::vector<std::pair<std::string, std::string>>{{"model", "random_forest"},
                                                                                   {"dataset", "digits"},
                                                                                   {"transform", "scale"},
                                                                                   {"sampler", "grid"},
                                                                                   {"pruner", "median"},
                                                                                   {"function", "branin"},
                                                                                   {"evaluator", "fanova"}}) {
    EXPECT_THAT(Result({kind, "list"}), HasSubstr(name));
    EXPECT_THAT(Result({kind, "show", name}), StartsWith(name + "\n"));
    EXPECT_THAT(JsonResult({kind, "show", name})[0]["meaning"], Not(""));
  }
}

TEST_F(BinaryTest, UnknownModelSuggestsTheClosest) {
  const Finished ended = Run({"model", "show", "random_forrest"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("random_forest"));
}

TEST_F(BinaryTest, UnknownStudySuggestsTheClosest) {
  MakeStudy("digits-forest");
  const Finished ended = Run({"best", "digit-forest"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err,
            absl::StrCat("parzen best: no study \"digit-forest\" in ", db_, "; did you mean \"digits-forest\"?\n"));
}

TEST_F(BinaryTest, TrialThatDoesNotExistIsNamed) {
  MakeStudy("s");
  const Finished ended = Run({"trial", "show", "7"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("no trial 7"));
  EXPECT_EQ(Run({"trial", "show", "seven"}).code, 2);
}

TEST_F(BinaryTest, MissingDatabaseIsNamedAndNotMade) {
  const Finished ended = Run({"study", "list"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr(db_));
  EXPECT_FALSE(std::filesystem::exists(db_));
}

TEST_F(BinaryTest, CoordinatorThatIsNotThereIsExitThree) {
  const Finished ended = Run({"study", "list", "--coordinator", "unix:nobody-is-here"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, StartsWith("parzen study list: no coordinator at unix:nobody-is-here: "));
}

TEST_F(BinaryTest, BadUsageIsOneLineAHintAndExitTwo) {
  const Finished ended = Run({"study", "lsit"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(ended.out, "");
  EXPECT_EQ(ended.err,
            "parzen study: there is no command \"lsit\"; did you mean \"list\"?\nSee `parzen study --help`.\n");
}

TEST_F(BinaryTest, HelpGoesToStdout) { EXPECT_THAT(Result({"run", "--help"}), HasSubstr("Example:")); }

TEST_F(BinaryTest, ResultThatCannotBeWrittenIsAFailure) {
  MakeStudy("s");
  const char* const runfiles = std::getenv("TEST_SRCDIR");
  const std::string binary = absl::StrCat(runfiles == nullptr ? "." : runfiles, "/parzen/cli/parzen");
  const int status =
      std::system(absl::StrCat("'", binary, "' study list --db '", db_, "' >/dev/full 2>/dev/null").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

}  // namespace
}  // namespace parzen
