// `parzen run`, as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "studies/store/store.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::HasSubstr;

constexpr char kStudy[] = R"(name: "small"
objective { metric: "validation_accuracy" direction: MAXIMIZE }
train {
  dataset { digits { train: 2000 test: 500 } }
  transform { scale { divide_by: 255 } }
  random_forest { trees: 60 }
}
parameter { name: "min_samples_leaf" sets: "random_forest.min_samples_leaf" int { low: 1 high: 40 } }
parameter { name: "max_features" sets: "random_forest.max_features" categorical { choice: "sqrt" choice: "log2" } }
search { sampler { random {} } trials: 8 seed: 5 }
)";

class RunTest : public testing::Test {
 protected:
  RunTest() : folder_(FreshFolder()), study_file_(folder_ + "/small.textproto") {
    std::ofstream(study_file_) << kStudy;
  }

  std::vector<std::string> RunCommand(const std::string& db, std::vector<std::string> options = {}) const {
    std::vector<std::string> command = {ParzenBinary(), "run", study_file_, "--db", folder_ + "/" + db};
    command.insert(command.end(), options.begin(), options.end());
    return command;
  }
  nlohmann::json Trials(const std::string& db) const {
    const Finished listed =
        RunToEnd({ParzenBinary(), "trial", "list", "small", "--db", folder_ + "/" + db, "-f", "json"});
    EXPECT_EQ(listed.code, 0) << listed.err;
    return nlohmann::json::parse(listed.out, nullptr, /*allow_exceptions=*/false);
  }
  // What must be the same in every run of one seed.
  std::vector<std::string> Results(const std::string& db) const {
    std::vector<std::string> results;
    for (const nlohmann::json& trial : Trials(db)) {
      results.push_back(absl::StrCat(trial["number"].dump(), " ", trial["value"].dump(), " ",
                                     trial["min_samples_leaf"].dump(), " ", trial["max_features"].dump()));
    }
    return results;
  }

  const std::string folder_;
  const std::string study_file_;
};

TEST_F(RunTest, EndsWithTheBestTrialItsTestAccuracyAndAReport) {
  const Finished run = RunToEnd(RunCommand("a.db", {"--report", folder_ + "/r.html"}));
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("min_samples_leaf"));
  EXPECT_THAT(run.out, HasSubstr("test"));
  EXPECT_THAT(run.out, HasSubstr(folder_ + "/r.html"));
  EXPECT_GT(std::filesystem::file_size(folder_ + "/r.html"), 1000u);
  EXPECT_EQ(Trials("a.db").size(), 8u);
}

TEST_F(RunTest, SameSeedGivesTheSameTrialsForAnyWorkersAndThreads) {
  ASSERT_EQ(RunToEnd(RunCommand("a.db", {"--workers", "1", "--threads", "1"})).code, 0);
  ASSERT_EQ(RunToEnd(RunCommand("b.db", {"--workers", "3", "--threads", "2"})).code, 0);
  const std::vector<std::string> results = Results("a.db");
  EXPECT_EQ(results.size(), 8u);
  EXPECT_EQ(results, Results("b.db"));
}

TEST_F(RunTest, OtherSeedGivesOtherTrials) {
  ASSERT_EQ(RunToEnd(RunCommand("a.db")).code, 0);
  ASSERT_EQ(RunToEnd(RunCommand("b.db", {"--seed", "6"})).code, 0);
  EXPECT_NE(Results("a.db"), Results("b.db"));
}

TEST_F(RunTest, InterruptedRunResumesWithTheSameCommandToTheSameResult) {
  Process interrupted(RunCommand("a.db", {"--trials", "40"}));
  interrupted.WaitForLine("3/40");
  interrupted.Signal(SIGINT);
  EXPECT_EQ(interrupted.Wait(), 1) << interrupted.output();
  EXPECT_THAT(interrupted.output(), HasSubstr("the same command resumes"));
  for (const nlohmann::json& trial : Trials("a.db")) EXPECT_NE(trial["state"], "RUNNING");

  ASSERT_EQ(RunToEnd(RunCommand("a.db", {"--trials", "40"})).code, 0);
  ASSERT_EQ(RunToEnd(RunCommand("b.db", {"--trials", "40"})).code, 0);
  EXPECT_EQ(Results("a.db").size(), 40u);
  EXPECT_EQ(Results("a.db"), Results("b.db"));
}

TEST_F(RunTest, KilledRunResumesWithTheSameCommandToTheSameResult) {
  Process killed(RunCommand("a.db", {"--trials", "40"}));
  killed.WaitForLine("3/40");
  killed.Signal(SIGKILL);
  EXPECT_EQ(killed.Wait(), -SIGKILL);
  ASSERT_EQ(RunToEnd(RunCommand("a.db", {"--trials", "40"})).code, 0);
  ASSERT_EQ(RunToEnd(RunCommand("b.db", {"--trials", "40"})).code, 0);
  EXPECT_EQ(Results("a.db"), Results("b.db"));
}

TEST_F(RunTest, FinishedStudyIsShownAgainWithoutTraining) {
  const Finished first = RunToEnd(RunCommand("a.db"));
  const Finished again = RunToEnd(RunCommand("a.db"));
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(first.out, again.out);
  for (const nlohmann::json& trial : Trials("a.db")) EXPECT_EQ(trial["attempts"], 1);
}

TEST_F(RunTest, LargerBudgetExtendsAFinishedStudy) {
  ASSERT_EQ(RunToEnd(RunCommand("a.db")).code, 0);
  const std::vector<std::string> before = Results("a.db");
  ASSERT_EQ(RunToEnd(RunCommand("a.db", {"--trials", "11"})).code, 0);
  std::vector<std::string> after = Results("a.db");
  ASSERT_EQ(after.size(), 11u);
  after.resize(before.size());
  EXPECT_EQ(after, before);
}

TEST_F(RunTest, RunLeavesOtherUnfinishedStudiesOfItsDatabaseAlone) {
  Process interrupted(RunCommand("a.db", {"--trials", "40"}));
  interrupted.WaitForLine("3/40");
  interrupted.Signal(SIGINT);
  interrupted.Wait();
  const size_t before = Trials("a.db").size();
  ASSERT_EQ(RunToEnd(RunCommand("a.db", {"--name", "another", "--trials", "2"})).code, 0);
  EXPECT_EQ(Trials("a.db").size(), before);
}

TEST_F(RunTest, ViewOfTheDatabaseAndTheCsvListAgree) {
  ASSERT_EQ(RunToEnd(RunCommand("a.db")).code, 0);
  const Finished csv = RunToEnd({ParzenBinary(), "trial", "list", "--db", folder_ + "/a.db", "-f", "csv"});
  std::unique_ptr<Database> database =
      std::make_unique<Database>(*Database::Open(folder_ + "/a.db", Database::Mode::kReadOnly));
  Statement& query = *database->Prepare("SELECT number, state, value FROM parzen_trials ORDER BY number");
  std::string rows;
  while (*query.Step()) {
    const std::string prefix = absl::StrCat(query.Int(0), ",", query.Text(1), ",");
    const size_t line = csv.out.find("\n" + prefix);
    ASSERT_NE(line, std::string::npos) << prefix << "\n" << csv.out;
    EXPECT_EQ(std::stod(csv.out.substr(line + 1 + prefix.size())), query.Double(2));
  }
}

TEST_F(RunTest, TheFinalModelPredictsOtherRowsAndSaysWhatItIs) {
  const std::string table = "colour,size,kind\nred,1,a\nblue,1,b\nred,9,c\nblue,9,b\n";
  std::ofstream rows(folder_ + "/rows.csv");
  rows << "colour,size,kind\n";
  for (int i = 0; i < 20; ++i) rows << table.substr(table.find('\n') + 1);
  rows.close();
  const std::string file = folder_ + "/kinds.textproto";
  std::ofstream(file) << R"(name: "kinds" objective { metric: "validation_accuracy" direction: MAXIMIZE }
    train { dataset { csv { file: "rows.csv" test_file: "rows.csv" label: "kind" text: ONE_HOT } } decision_tree {} }
    parameter { name: "depth" sets: "decision_tree.max_depth" int { low: 3 high: 4 } }
    search { sampler { random {} } trials: 2 })";
  const std::string model = folder_ + "/kinds.model";
  const Finished run = RunToEnd({ParzenBinary(), "run", file, "--db", folder_ + "/k.db", "--model", model});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr(model));
  EXPECT_THAT(RunToEnd({ParzenBinary(), "model", "info", model}).out,
              testing::AllOf(HasSubstr("kinds"), HasSubstr("test_accuracy")));
  EXPECT_THAT(RunToEnd({ParzenBinary(), "model", "info", model, "--classes", "-f", "csv"}).out,
              testing::StartsWith("class,precision,recall,f1,support\na,"));
  EXPECT_THAT(RunToEnd({ParzenBinary(), "model", "info", model, "--features", "-f", "csv"}).out,
              testing::AllOf(testing::StartsWith("feature,impurity,permutation,deviation\n"), HasSubstr("\nsize,")));
  std::ofstream(folder_ + "/new.csv") << "size,note,colour\n8,x,red\n2,y,blue\n0.5,z,red\n";
  const Finished predicted =
      RunToEnd({ParzenBinary(), "model", "predict", model, "--data", folder_ + "/new.csv", "-f", "csv"});
  EXPECT_EQ(predicted.out,
            "row,label,probability a,probability b,probability c\n0,c,0.0,0.0,1.0\n1,b,0.0,1.0,0.0\n2,a,1.0,0.0,0.0\n")
      << predicted.err;
  const Finished as_it_is = RunToEnd({ParzenBinary(), "model", "reconstruct", model, "--data", folder_ + "/new.csv"});
  EXPECT_EQ(as_it_is.code, 2);
  EXPECT_THAT(as_it_is.err, HasSubstr("no transforms"));
  std::ofstream(model, std::ios::app) << "x";
  const Finished damaged = RunToEnd({ParzenBinary(), "model", "info", model});
  EXPECT_EQ(damaged.code, 2);
  EXPECT_THAT(damaged.err, HasSubstr("kinds.model: not a model that can be used"));
}

TEST_F(RunTest, TheFinalModelTellsWhatItsTransformsKeepOfRows) {
  std::ofstream rows(folder_ + "/line.csv");
  rows << "colour,row,kind\n";
  for (int i = 0; i < 20; ++i) rows << (i % 2 == 0 ? "red," : "blue,") << i % 2 << "," << i % 2 << "\n";
  rows.close();
  const std::string file = folder_ + "/line.textproto";
  std::ofstream(file) << R"(name: "line" objective { metric: "validation_accuracy" direction: MAXIMIZE }
    train { dataset { csv { file: "line.csv" label: "kind" text: ONE_HOT } }
            transform { pca { components: 1 } } decision_tree {} }
    parameter { name: "depth" sets: "decision_tree.max_depth" int { low: 3 high: 4 } }
    search { sampler { random {} } trials: 1 })";
  const std::string model = folder_ + "/line.model";
  const Finished run = RunToEnd({ParzenBinary(), "run", file, "--db", folder_ + "/l.db", "--model", model});
  ASSERT_EQ(run.code, 0) << run.err;
  // All that it has seen lies on a line: what lies on it comes back, and the nearest place on it of what does not.
  std::ofstream(folder_ + "/new.csv") << "row,colour\n1,blue\n3,blue\n1,red\n";
  const Finished back =
      RunToEnd({ParzenBinary(), "model", "reconstruct", model, "--data", folder_ + "/new.csv", "-f", "json"});
  ASSERT_EQ(back.code, 0) << back.err;
  const nlohmann::json found = nlohmann::json::parse(back.out);
  ASSERT_EQ(found.size(), 3);
  EXPECT_NEAR(found[0]["error"], 0, 1e-6);
  EXPECT_NEAR(found[0]["colour=blue"], 1, 1e-6);
  EXPECT_NEAR(found[0]["feature_row"], 1, 1e-6);
  // (blue 1, red 0, row 3) is 2 away along the row alone, of which the line's direction has a third.
  EXPECT_NEAR(found[1]["error"], std::sqrt((4 - 4 / 3.) / 3), 1e-6);
  EXPECT_NEAR(found[1]["feature_row"], 1 + 2 / 3., 1e-6);
  EXPECT_NEAR(found[2]["error"], std::sqrt((1 - 1 / 3.) / 3), 1e-6);
}

TEST_F(RunTest, AModelIsKeptWithoutTestRowsAndSaysThatItDidNotConverge) {
  std::ofstream rows(folder_ + "/rows.csv");
  rows << "x,y,label\n";
  for (int i = 0; i < 40; ++i) rows << i << "," << i * i % 17 * 1000 << "," << (i * 7 % 40 < 20 ? "a" : "b") << "\n";
  rows.close();
  const std::string file = folder_ + "/short.textproto";
  std::ofstream(file) << R"(name: "short" objective { metric: "validation_accuracy" direction: MAXIMIZE }
    train { dataset { csv { file: "rows.csv" } } logistic_regression { max_iterations: 3 } }
    parameter { name: "c" sets: "logistic_regression.c" float { low: 1 high: 2 } }
    search { sampler { random {} } trials: 1 })";
  const std::string model = folder_ + "/short.model";
  const Finished run = RunToEnd({ParzenBinary(), "run", file, "--db", folder_ + "/s.db", "--model", model});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("there are no test rows to measure it on"));
  EXPECT_THAT(run.out, testing::AllOf(HasSubstr("not reached in 3 iterations"), HasSubstr(model)));
  const Finished predicted = RunToEnd({ParzenBinary(), "model", "predict", model, "--data", folder_ + "/rows.csv"});
  EXPECT_EQ(predicted.code, 0) << predicted.err;
  const Finished both =
      RunToEnd({ParzenBinary(), "run", file, "--db", folder_ + "/s.db", "--model", model, "--no-final"});
  EXPECT_EQ(both.code, 2);
  const std::string no_training = folder_ + "/sphere.textproto";
  std::ofstream(no_training) << R"(name: "sphere" objective { direction: MINIMIZE } function { sphere {} }
    parameter { name: "x" float { low: -5 high: 5 } } search { trials: 1 })";
  const Finished nothing_to_keep =
      RunToEnd({ParzenBinary(), "run", no_training, "--db", folder_ + "/b.db", "--model", model});
  EXPECT_EQ(nothing_to_keep.code, 2);
  EXPECT_THAT(nothing_to_keep.err, HasSubstr("train no model that could be kept"));
}

TEST_F(RunTest, ASpaceWithFewerPointsThanTheBudgetSaysWhyItEnds) {
  const std::string file = folder_ + "/points.textproto";
  std::ofstream(file) << R"(name: "points" objective { direction: MINIMIZE } function { noop {} }
    parameter { name: "x" int { low: 1 high: 3 } } search { sampler { random {} } trials: 8 })";
  const Finished run = RunToEnd({ParzenBinary(), "run", file, "--db", folder_ + "/p.db"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("finished: 3 of 8 trials, each point of the space was tried"));
  const Finished shown = RunToEnd({ParzenBinary(), "study", "show", "points", "--db", folder_ + "/p.db"});
  EXPECT_THAT(shown.out, HasSubstr("each point of the space was tried"));
}

TEST_F(RunTest, CatalogueExampleRunsWithAHandfulOfTrials) {
  const Finished run = RunToEnd({ParzenBinary(), "run", TreeFile("studies/catalog/digits_forest.textproto"), "--db",
                                 folder_ + "/c.db", "--trials", "2"});
  EXPECT_EQ(run.code, 0) << run.err;
}

TEST_F(RunTest, AStudyGoesOnFromTheBestOfAnotherOneAndIsResumedWithoutIt) {
  const std::string next = folder_ + "/next.textproto";
  std::ofstream(next) << R"(name: "next"
objective { metric: "validation_accuracy" direction: MAXIMIZE }
base { study: "small" }
train { random_forest { trees: 9 } }
parameter { name: "criterion" sets: "random_forest.criterion" categorical { choice: "GINI" choice: "ENTROPY" } }
search { sampler { grid {} } }
)";
  const std::string db = folder_ + "/a.db";
  const std::vector<std::string> command = {ParzenBinary(), "run", next, "--db", db};
  Finished run = RunToEnd(command);
  EXPECT_NE(run.code, 0);
  EXPECT_THAT(run.err, HasSubstr("next.textproto:3: base.study"));
  ASSERT_EQ(RunToEnd(RunCommand("a.db", {"--no-final"})).code, 0);
  run = RunToEnd(command);
  ASSERT_EQ(run.code, 0) << run.err;
  const auto store = Store::Open(db, Store::Mode::kReadOnly);
  ASSERT_TRUE(store.ok()) << store.status();
  const TrainSpec train = (*store)->FindStudy("next")->spec->train();
  EXPECT_EQ(train.random_forest().trees(), 9);
  EXPECT_EQ(train.dataset().digits().train(), 2000) << "the base's";
  EXPECT_TRUE(train.random_forest().has_min_samples_leaf()) << "what its best trial had";
  ASSERT_EQ(RunToEnd({ParzenBinary(), "study", "delete", "small", "--db", db, "--yes"}).code, 0);
  run = RunToEnd(command);
  EXPECT_EQ(run.code, 0) << "it has all that it began with: " << run.err;
}

TEST_F(RunTest, NumbersOfClustersAreSweptAndReported) {
  const std::string file = folder_ + "/clusters.textproto";
  std::ofstream(file) << R"(name: "clusters" objective { metric: "train_silhouette" direction: MAXIMIZE }
    train { dataset { digits { train: 400 test: 80 } } transform { scale { divide_by: 255 } } transform { pca { components: 20 } }
            k_means { starts: 2 } }
    parameter { name: "k" sets: "k_means.clusters" categorical { choice: "4" choice: "10" } } search { sampler { grid {} } })";
  const std::string db = folder_ + "/k.db";
  const Finished run = RunToEnd({ParzenBinary(), "run", file, "--db", db});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, testing::AllOf(HasSubstr("training    inertia"), HasSubstr("test        inertia")));
  const std::string report = ReadFile(folder_ + "/clusters.report.html");
  EXPECT_THAT(report, HasSubstr("metrics_by_parameter"));
  const Finished csv = RunToEnd({ParzenBinary(), "report", "clusters", "--db", db, "--csv", folder_ + "/plots"});
  ASSERT_EQ(csv.code, 0) << csv.err;
  const Finished kept = RunToEnd({ParzenBinary(), "trial", "artifacts", "clusters", "0", "--db", db});
  EXPECT_THAT(kept.out, HasSubstr("clusters.json"));
  const Finished model = RunToEnd({ParzenBinary(), "run", file, "--db", db, "--model", folder_ + "/k.model"});
  EXPECT_EQ(model.code, 2);
  EXPECT_THAT(model.err, HasSubstr("learn without labels"));
}

TEST_F(RunTest, AStudyLearnsFromTheActivationsThatAnotherOneHasKept) {
  const std::string network = folder_ + "/network.textproto", places = folder_ + "/places.textproto";
  std::ofstream(network) << R"(name: "network" objective { metric: "validation_accuracy" direction: MAXIMIZE }
    train { dataset { digits { train: 400 test: 90 } } transform { scale { divide_by: 255 } }
            mlp { hidden: 16 training { epochs: 3 } } keep { activations: 70 } }
    search { sampler { random {} } trials: 1 })";
  std::ofstream(places) << R"(name: "places"
objective { metric: "train_trustworthiness" direction: MAXIMIZE }
base { study: "network" activations: true }
train { pca_embedding {} }
search { sampler { random {} } trials: 1 }
)";
  const std::string db = folder_ + "/n.db";
  const std::vector<std::string> command = {ParzenBinary(), "run", places, "--db", db};
  ASSERT_EQ(RunToEnd({ParzenBinary(), "run", network, "--db", db}).code, 0);
  const Finished run = RunToEnd(command);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("70 training rows, 0 test rows, 16 features, 10 classes"));
  EXPECT_THAT(ReadFile(folder_ + "/places.report.html"), HasSubstr("\"places\""));
  EXPECT_EQ(RunToEnd(command).code, 0) << "shown again";
  const std::string none = folder_ + "/none.textproto";
  std::ofstream(none) << R"(name: "none"
objective { metric: "train_trustworthiness" direction: MAXIMIZE }
base { study: "small" activations: true }
train { pca_embedding {} }
search { sampler { random {} } trials: 1 }
)";
  ASSERT_EQ(RunToEnd(RunCommand("n.db", {"--no-final"})).code, 0);
  const Finished refused = RunToEnd({ParzenBinary(), "run", none, "--db", db});
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, HasSubstr("has kept no activations"));
}

}  // namespace
}  // namespace parzen
